/** Tests in CommonJS without a flag, and as ES modules, in both environments of Jest. */
import { jestChecks } from '../jest.js';

export const checks = jestChecks();
