/**
 * What prebuilt.cjs is, for development servers such as Vite's, which run each module of a program as an
 * ES module from where it is, and no CommonJS. (Their condition in dist/package.json is 'development'.)
 */
import { createRequire } from 'node:module';

export const { addons, file } = createRequire(import.meta.url)('./prebuilt.cjs');
