/** One of the files prebuilt*: the package.json in dist/ says which. */
declare module '#prebuilt' {
  /**
   * By the names of targets: loads the addon. Or returns where a bundler has put it: a path or the
   * URL of a file, or that as a default export. Throws what require() throws.
   */
  export const addons: Readonly<Record<string, () => unknown>>;
  /** The file that this code runs in; undefined if that is not known. */
  export const file: string | undefined;
}
