/**
 * The working tree's build. Import it lazily: loading the addon raises limits of the heap, which would
 * help the other contenders too.
 */
export * from '../dist/index.js';
