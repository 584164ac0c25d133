// kafkajs: share BOOTSTRAP GROUP COUNT SOURCE prints what was committed; transform BOOTSTRAP GROUP COUNT SOURCE TARGET does each record once.
// Either is one member of a group that does so many records and leaves.
const { Kafka, logLevel } = require('kafkajs');

const PATIENCE_MS = 45000;
const ABORTS_EVERY = 4;

const [action, bootstrap, groupId, countText, source, target] = process.argv.slice(2);
const count = Number(countText);
const kafka = new Kafka({ clientId: 'conformance', brokers: [bootstrap], logLevel: logLevel.NOTHING });

// Runs until the handler says that all is done.
async function run(handlers) {
  const consumer = kafka.consumer({ groupId, sessionTimeout: 10000, heartbeatInterval: 500, maxWaitTimeInMs: 200 });
  await consumer.connect();
  await consumer.subscribe({ topics: [source], fromBeginning: true });
  await new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`the records did not come within ${PATIENCE_MS} ms`)), PATIENCE_MS).unref();
    consumer.run({ autoCommit: false, ...handlers(consumer, resolve) }).catch(reject);
  });
  await consumer.disconnect();
}

function share(consumer, resolve) {
  let done = 0;
  return {
    eachMessage: async ({ topic, partition, message }) => {
      if (done >= count) return;
      // A commit of a generation that is over fails, and the record is read again by whoever has the partition now.
      await consumer.commitOffsets([{ topic, partition, offset: `${BigInt(message.offset) + 1n}` }]);
      console.log(`${partition} ${message.offset}`);
      if (++done === count) resolve();
    },
  };
}

async function transform() {
  const producer = kafka.producer({ transactionalId: `${groupId}-${process.pid}`, maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  let done = 0, rounds = 0;
  await run((consumer, resolve) => ({
    eachBatchAutoResolve: false,
    eachBatch: async ({ batch, resolveOffset }) => {
      const messages = batch.messages.slice(0, Math.min(10, count - done));
      if (messages.length === 0) return;
      const last = messages[messages.length - 1].offset;
      const transaction = await producer.transaction();
      await transaction.send({ topic: target, messages: messages.map(({ value }) => ({ value })) });
      const partitions = [{ partition: batch.partition, offset: `${BigInt(last) + 1n}` }];
      await transaction.sendOffsets({ consumerGroupId: groupId, topics: [{ topic: source, partitions }] });
      if (++rounds % ABORTS_EVERY === 0) {
        await transaction.abort();
        return;
      }
      await transaction.commit();
      resolveOffset(last);
      done += messages.length;
      if (done === count) resolve();
    },
  }));
  await producer.disconnect();
  console.log(`done ${done}`);
}

({ share: () => run(share), transform })[action]().catch((error) => {
  console.error(error);
  process.exit(1);
});
