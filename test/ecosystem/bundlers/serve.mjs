// Loads a module as Vite's development server does for server-side code.
import { createServer } from 'vite';

for (const noExternal of [['smipc'], true, undefined]) {
  const server = await createServer({
    configFile: false,
    logLevel: 'error',
    server: { middlewareMode: true, ws: false },
    ssr: noExternal === undefined ? {} : { noExternal },
  });
  await server.ssrLoadModule('/main.mjs');
  await server.close();
}
