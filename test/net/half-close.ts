// Half-close: one direction ends before the other, with and without `allowHalfOpen`.
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { overBoth } from '../fixtures/net/both.js';
import { connectedPair } from '../fixtures/net/pair.js';
import { closed, record, stateOf } from '../fixtures/net/record.js';

for (const first of ['client', 'accepted'] as const) {
  const second = first === 'client' ? 'accepted' : 'client';

  overBoth(t, `the ${first} ends first, the other half open`, async (t, way) => {
    const pair = await connectedPair(t, way, { both: { allowHalfOpen: true } });
    const one = record(pair[first]);
    const two = record(pair[second]);
    pair[first].end('question');
    await once(pair[second], 'end');
    const states = [stateOf(pair[first]), stateOf(pair[second])];
    await new Promise((resolve) => pair[second].write('half', resolve));
    pair[second].end(' and half');
    await Promise.all([closed(pair[first]), closed(pair[second])]);
    return { one, two, states };
  });

  overBoth(t, `the ${first} ends first, and the other ends by itself`, async (t, way) => {
    const pair = await connectedPair(t, way);
    const one = record(pair[first]);
    const two = record(pair[second]);
    pair[first].end();
    await Promise.all([closed(pair[first]), closed(pair[second])]);
    return { one, two };
  });

  overBoth(t, `the ${first} ends, and the other answers from its 'end'`, async (t, way) => {
    const pair = await connectedPair(t, way, { both: { allowHalfOpen: true } });
    pair[second].setEncoding('utf8');
    let question = '';
    pair[second].on('data', (part: string) => (question += part));
    pair[second].on('end', () => pair[second].end(`${question}!`));
    pair[first].end('why');
    const answer = await text(pair[first]);
    await Promise.all([closed(pair[first]), closed(pair[second])]);
    return { answer, states: [stateOf(pair[first]), stateOf(pair[second])] };
  });
}

overBoth(t, 'writing after end()', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  const events = record(client);
  accepted.resume();
  client.end('done');
  const returned = client.write('more', (error) => {
    events.push(`written ${(error as NodeJS.ErrnoException | null)?.code}`);
  });
  await closed(client);
  return { events, returned };
});

overBoth(t, 'writing after the peer has ended, without allowHalfOpen', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  const events = record(client);
  accepted.resume();
  accepted.end();
  await once(client, 'end');
  const returned = client.write('more', (error) => {
    events.push(`written ${(error as NodeJS.ErrnoException | null)?.code}`);
  });
  await closed(client);
  return { events, returned };
});

overBoth(t, 'end() with a callback, and twice', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  accepted.resume();
  const events = record(client);
  client.end('x', () => events.push('ended'));
  client.end(() => events.push('ended again'));
  await closed(client);
  return events;
});

overBoth(t, 'an end that nobody reads is told all the same', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  const events = record(client, { reads: false });
  const theirs = record(accepted, { reads: false });
  accepted.end();
  await Promise.all([closed(client), closed(accepted)]);
  return { events, theirs };
});

overBoth(t, 'an end behind data that nobody reads waits', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  const events = record(client, { reads: false });
  accepted.end('unread');
  await once(accepted, 'finish');
  await once(client, 'readable');
  events.push(String(client.read()));
  await closed(client);
  return events;
});
