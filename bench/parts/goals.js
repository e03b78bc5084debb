/** What the results should be, and whether they are. */
import { allResults } from '../results.js';
import { goalsTables } from '../tables/goals.js';
import { printTables } from '../tables/table.js';

export const plannedSeconds = async () => 0;

export async function run() {
  printTables(goalsTables(allResults()));
}
