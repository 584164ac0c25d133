// kafkajs, one member of a group:
// share BOOTSTRAP GROUP COUNT SOURCE does so many records and leaves, and prints what it has committed;
// transform BOOTSTRAP GROUP COUNT SOURCE TARGET writes so many records, each once, and leaves;
// work BOOTSTRAP GROUP NAME SOURCE TARGET does the same until it is killed or fails, and says how far it is.
const { Kafka, logLevel } = require('kafkajs');

const PATIENCE_MS = 45000;
const ABORTS_EVERY = 4;
const RECORDS_OF_TRANSACTION = 10;

const [action, bootstrap, groupId, countOrName, source, target] = process.argv.slice(2);
const isWorking = action === 'work';
const count = isWorking ? Infinity : Number(countOrName);
const kafka = new Kafka({ clientId: 'conformance', brokers: [bootstrap], logLevel: logLevel.NOTHING });

// Runs until the handler says that all is done.
async function run(handlers) {
  const consumer = kafka.consumer({ groupId, sessionTimeout: 6000, heartbeatInterval: 500, maxWaitTimeInMs: 200 });
  await consumer.connect();
  await consumer.subscribe({ topics: [source], fromBeginning: true });
  await new Promise((resolve, reject) => {
    if (!isWorking) setTimeout(() => reject(new Error(`the records did not come within ${PATIENCE_MS} ms`)), PATIENCE_MS).unref();
    consumer.on(consumer.events.CRASH, ({ payload }) => payload.restart || reject(payload.error));
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

// The client's transactions do not name the member, so nobody would fence one whose partition has gone to another. So each partition has a transactional
// id, and whoever has the partition now fences who had it before.
class PartitionTransactions {
  constructor(consumer, admin) {
    this.consumer = consumer;
    this.admin = admin;
    this.producers = new Map();
    consumer.on(consumer.events.GROUP_JOIN, () => [...this.producers.keys()].forEach((partition) => this.forget(partition)));
  }

  // Nothing where another member has written what begins at that offset.
  async begin(partition, offset) {
    const known = this.producers.get(partition);
    if (known) return known.transaction();
    const producer = kafka.producer({ transactionalId: `${groupId}-${partition}`, maxInFlightRequests: 1, idempotent: true });
    this.producers.set(partition, producer);
    await producer.connect();
    const transaction = await producer.transaction();
    const [{ partitions }] = await this.admin.fetchOffsets({ groupId, topics: [source] });
    const committed = Math.max(0, Number(partitions.find((found) => found.partition === partition).offset));
    if (committed === Number(offset)) return transaction;
    await transaction.abort();
    this.consumer.seek({ topic: source, partition, offset: `${committed}` });
    return null;
  }

  forget(partition) {
    this.producers.get(partition)?.disconnect().catch(() => {}); // It may never have been connected.
    this.producers.delete(partition);
  }
}

async function write(transaction, partition, messages, aborts) {
  await transaction.send({ topic: target, messages: messages.map(({ value }) => ({ value })) });
  console.log('written');
  const partitions = [{ partition, offset: `${BigInt(messages.at(-1).offset) + 1n}` }];
  await transaction.sendOffsets({ consumerGroupId: groupId, topics: [{ topic: source, partitions }] });
  console.log('sent');
  await (aborts ? transaction.abort() : transaction.commit());
}

async function transform() {
  const admin = kafka.admin();
  await admin.connect();
  let done = 0, rounds = 0;
  await run((consumer, resolve) => {
    const transactions = new PartitionTransactions(consumer, admin);
    const eachBatch = async ({ batch: { partition, messages: read }, resolveOffset }) => {
      const messages = read.slice(0, Math.min(RECORDS_OF_TRANSACTION, count - done));
      if (messages.length === 0) return;
      console.log('read');
      try {
        const transaction = await transactions.begin(partition, messages[0].offset);
        if (transaction === null) return;
        const aborts = !isWorking && ++rounds % ABORTS_EVERY === 0;
        await write(transaction, partition, messages, aborts);
        if (aborts) return;
      } catch (error) {
        // Fenced, or the broker is gone: what came of the transaction shows when it is begun anew.
        console.error(error);
        transactions.forget(partition);
        return;
      }
      resolveOffset(messages.at(-1).offset);
      done += messages.length;
      if (isWorking) console.log(messages.length);
      if (done === count) resolve();
    };
    return { eachBatchAutoResolve: false, eachBatch };
  });
  await admin.disconnect();
  console.log(`done ${done}`);
  process.exit(0); // The producers of the partitions are still connected.
}

({ share: () => run(share), transform, work: transform })[action]().catch((error) => {
  console.error(error);
  process.exit(1);
});
