/** The command line is wrong. Its text is shown with a hint where help is. */
export class UsageError extends Error {}
