// @platformatic/kafka: share PROTOCOL BOOTSTRAP GROUP COUNT SOURCE prints what was committed; transform … TARGET does each record once.
// Either is one member of a group of that protocol (classic or consumer) that does so many records and leaves.
import { Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';

const PATIENCE_MS = 45000;
const ABORTS_EVERY = 4;
const RECORDS_OF_TRANSACTION = 10;

const [action, groupProtocol, bootstrap, groupId, countText, source, target] = process.argv.slice(2);
const count = Number(countText);
const client = { clientId: 'conformance', bootstrapBrokers: [bootstrap] };

async function subscribe(isolationLevel = 0) {
  const options = groupProtocol === 'consumer' ? { groupProtocol } : { sessionTimeout: 10000, heartbeatInterval: 500, rebalanceTimeout: 10000 };
  const consumer = new Consumer({ ...client, groupId, ...options, autocommit: false, maxWaitTime: 200, deserializers: stringDeserializers });
  const stream = await consumer.consume({ topics: [source], mode: 'committed', fallbackMode: 'earliest', isolationLevel });
  setTimeout(() => stream.destroy(new Error(`the records did not come within ${PATIENCE_MS} ms`)), PATIENCE_MS).unref();
  return { consumer, stream };
}

async function share() {
  const { consumer, stream } = await subscribe();
  let done = 0;
  for await (const message of stream) {
    await message.commit();
    console.log(`${message.partition} ${message.offset}`);
    if (++done === count) break;
  }
  await consumer.close(true);
}

async function transform() {
  const { consumer, stream } = await subscribe();
  const producer = new Producer({ ...client, transactionalId: `${groupId}-${process.pid}`, idempotent: true, acks: -1, serializers: stringSerializers });
  let done = 0, rounds = 0, batch = [];
  for await (const message of stream) {
    batch.push(message);
    if (batch.length < RECORDS_OF_TRANSACTION && done + batch.length < count) continue;
    // One that is aborted is done again.
    if (++rounds % ABORTS_EVERY === 0) await write(producer, consumer, batch, false);
    await write(producer, consumer, batch, true);
    done += batch.length;
    batch = [];
    if (done === count) break;
  }
  await producer.close();
  await consumer.close(true);
  console.log(`done ${done}`);
}

async function write(producer, consumer, batch, commits) {
  const transaction = await producer.beginTransaction();
  await transaction.addConsumer(consumer);
  await transaction.send({ messages: batch.map(({ value }) => ({ topic: target, value })) });
  const last = new Map(batch.map((message) => [message.partition, message]));
  for (const message of last.values()) await transaction.addOffset(message);
  await (commits ? transaction.commit() : transaction.abort());
}

({ share, transform })[action]().catch((error) => {
  console.error(error);
  process.exit(1);
});
