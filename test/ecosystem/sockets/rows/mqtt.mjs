/** MQTT.js by its stream builder, and the broker aedes, which takes any stream. */
import { once } from 'node:events';
import { Aedes } from 'aedes';
import mqtt from 'mqtt';
import { closeOf } from '../frames.mjs';
import { overUnix } from '../scenarios.mjs';

/** @typedef {import('../scenarios.mjs').Row} Row */

/** @type {Row[]} */
export const rows = [
  {
    name: 'mqtt, aedes',
    library: 'mqtt',
    server: async (at) => {
      const broker = await Aedes.createBroker();
      broker.on('publish', async ({ topic, payload }, client) => {
        if (client === null) return;
        const answer = topic === 'ask' ? await at.answer(String(payload)) : payload;
        if (topic === 'ask' || topic === 'large') {
          broker.publish(
            /** @type {any} */ ({ topic: 'answer', payload: answer, qos: 0 }),
            () => {},
          );
        }
      });
      await at.listen((socket) => broker.handle(/** @type {any} */ (socket)));
    },
    client: async (at) => {
      const client = new mqtt.MqttClient(() => /** @type {any} */ (at.connect()), {
        reconnectPeriod: 20,
      });
      /** @type {{ resolve: (bytes: Buffer) => void, reject: (error: Error) => void }[]} */
      const asked = [];
      /** @type {string[]} */
      const said = [];
      client.on('message', (_topic, payload) => asked.shift()?.resolve(payload));
      client.on('error', (/** @type {NodeJS.ErrnoException} */ { code }) => said.push(`${code}`));
      client.on('close', () => {
        const how = ['close', ...said.splice(0)].join(' ');
        for (const { reject } of asked.splice(0))
          reject(Object.assign(new Error(how), { code: how }));
      });
      await once(client, 'connect');
      await client.subscribeAsync('answer');
      /** @param {string} topic @param {string | Buffer} payload @returns {Promise<Buffer>} */
      const ask = async (topic, payload) => {
        if (!client.connected) {
          await once(client, 'connect');
        }
        return new Promise((resolve, reject) => {
          asked.push({ resolve, reject });
          client.publish(topic, payload);
        });
      };
      return {
        ask: async (text) => String(await ask('ask', text)),
        large: (bytes) => ask('large', bytes),
        ended: async () => {
          await closeOf(client);
          const how = ['close', ...said.splice(0)].join(' ');
          await once(client, 'connect');
          return `${how}, connect`;
        },
        close: async () => {
          await client.endAsync(!client.connected);
          if (said.length > 0) throw new Error(`at the end: ${said}`);
        },
      };
    },
    expected: {
      large: 'both ways',
      'idle end': 'close, connect',
      'half-close': 'close',
      'server killed': 'close ECONNRESET',
    },
    over: overUnix({ 'server killed': 'close' }),
  },
];
