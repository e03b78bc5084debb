/** smipc/http: HTTP over shared memory, with Node's own clients and servers, and with undici. */
export { Agent, type AgentOptions } from './adapters/agent.js';
export {
  type Connector,
  type ConnectorCallback,
  type ConnectorOptions,
  type ConnectorTarget,
  connector,
} from './adapters/connector.js';
export { HttpsAgent, type HttpsAgentOptions } from './adapters/https-agent.js';
export type { AgentChannelOptions } from './adapters/request-socket.js';
export { type ServeOptions, serve } from './adapters/serve.js';
