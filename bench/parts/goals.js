export const plannedSeconds = async () => 0;
export const run = async () => {};
