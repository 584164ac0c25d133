// @platformatic/kafka, one member of a group of the protocol classic or consumer:
// share PROTOCOL BOOTSTRAP GROUP COUNT SOURCE does so many records and leaves, and prints what it has committed;
// transform classic BOOTSTRAP GROUP COUNT SOURCE TARGET writes so many records, each once, and leaves;
// work PROTOCOL BOOTSTRAP GROUP NAME SOURCE TARGET goes on until it is killed or fails, and says how far it is. By the classic protocol it writes each
// record once; by the other, in which the client's transactions do not name the member's epoch, it writes and commits then.
import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';

const PATIENCE_MS = 45000;
const ABORTS_EVERY = 4;
const RECORDS_OF_STEP = 10;

const [action, groupProtocol, bootstrap, groupId, countOrName, source, target] = process.argv.slice(2);
const isWorking = action === 'work';
const isClassic = groupProtocol === 'classic';
const count = isWorking ? Infinity : Number(countOrName);

// Metadata that is never old is answered at once, so that a commit goes out in the same breath as the look at whose partition it is.
const client = { clientId: 'conformance', bootstrapBrokers: [bootstrap], retries: 100, retryDelay: 100, metadataMaxAge: 3600000 };

class Member {
  constructor() {
    const options = isClassic ? { sessionTimeout: 6000, heartbeatInterval: 500, rebalanceTimeout: 10000 } : { groupProtocol };
    this.consumer = new Consumer({ ...client, groupId, ...options, autocommit: false, maxWaitTime: 200, deserializers: stringDeserializers });
    this.admin = new Admin(client);
    this.generation = 0; // Of the assignment; the consumer protocol shows none.
    this.consumer.on('consumer:group:join', ({ generationId = 0 }) => { this.generation = generationId; });
    this.consumer.on('consumer:heartbeat:error', ({ error }) => {
      // A member that the group has given up never comes back in this client.
      if (!isClassic && error.findBy?.('apiId', 'UNKNOWN_MEMBER_ID')) fail(error);
    });
    this.consumer.topics.track(source); // Or the member would leave with each stream, and join anew with the next.
  }

  // What there is to do, so many records at most. A stream goes on with what it has fetched of partitions that are another member's by now, or were
  // in between: so there is a new one for each assignment, and also after a batch that came to nothing.
  async *batches(countMax) {
    for (;;) {
      const { assignments } = this.consumer;
      const isCurrent = (message) =>
        this.consumer.assignments === assignments && message.metadata.consumer.generationId === this.generation;
      const stream = await this.open(assignments);
      let batch = [];
      for await (const message of stream) {
        if (!isCurrent(message)) break;
        batch.push(message);
        if (batch.length < countMax() && stream.readableLength > 0) continue;
        const step = { messages: batch, isCurrent: () => batch.every(isCurrent), isUndone: false };
        yield step;
        if (step.isUndone) break;
        batch = [];
      }
    }
  }

  // The client would ask for committed offsets without waiting for transactions that are about to change them, so they are asked for here.
  async open(assignments) {
    const partitionIndexes = assignments?.find(({ topic }) => topic === source)?.partitions ?? [];
    const offsets = partitionIndexes.length === 0 ? [] : await this.committed(partitionIndexes);
    return this.consumer.consume({ topics: [source], mode: 'manual', offsets, fallbackMode: 'earliest', isolationLevel: 1 });
  }

  async committed(partitionIndexes) {
    const groups = [{ groupId, topics: [{ name: source, partitionIndexes }] }];
    const [{ topics: [{ partitions }] }] = await this.admin.listConsumerGroupOffsets({ groups, requireStable: true });
    return partitions.filter(({ committedOffset }) => committedOffset >= 0n)
      .map(({ partitionIndex, committedOffset }) => ({ topic: source, partition: partitionIndex, offset: committedOffset }));
  }

  // Whether it counts; a member that is not in the group's generation or epoch is refused.
  async commit(step) {
    if (!step.isCurrent()) return false;
    const offsets = lastOf(step.messages).map(({ topic, partition, offset }) => ({ topic, partition, offset: offset + 1n, leaderEpoch: -1 }));
    try {
      await this.consumer.commit({ offsets });
    } catch (error) {
      if (error.findBy?.('apiId', 'STALE_MEMBER_EPOCH')) return false;
      throw error;
    }
    return true;
  }

  async close() {
    await this.consumer.close(true);
    await this.admin.close();
  }
}

const lastOf = (messages) => [...new Map(messages.map((message) => [message.partition, message])).values()];

async function share() {
  const member = new Member();
  let done = 0;
  for await (const step of member.batches(() => 1)) {
    step.isUndone = !await member.commit(step);
    if (step.isUndone) continue;
    const [{ partition, offset }] = step.messages;
    console.log(`${partition} ${offset}`);
    if (++done === count) break;
  }
  await member.close();
}

async function transform() {
  // The client cannot begin under a transactional id that was used before. What its predecessor has left open ends by its timeout.
  const transactionalId = `${groupId}-${process.pid}`;
  const producer = new Producer({ ...client, transactionalId, idempotent: true, acks: -1, serializers: stringSerializers });
  const member = new Member();
  let done = 0, rounds = 0;
  for await (const step of member.batches(() => Math.min(RECORDS_OF_STEP, count - done))) {
    const aborts = !isWorking && ++rounds % ABORTS_EVERY === 0;
    step.isUndone = !await write(producer, member.consumer, step.messages, aborts);
    if (step.isUndone) continue;
    done += step.messages.length;
    if (isWorking) console.log(step.messages.length);
    if (done === count) break;
  }
  await producer.close();
  await member.close();
  console.log(`done ${done}`);
}

// Whether the records count.
async function write(producer, consumer, messages, aborts) {
  console.log('read');
  const transaction = await producer.beginTransaction();
  try {
    await transaction.addConsumer(consumer);
    await transaction.send({ messages: messages.map(({ value }) => ({ topic: target, value })) });
    console.log('written');
    for (const message of lastOf(messages)) await transaction.addOffset(message);
    console.log('sent');
  } catch (error) {
    // The group has gone on without this member.
    if (!error.findBy?.('needsRejoin', true)) throw error;
    aborts = true;
  }
  await (aborts ? transaction.abort() : transaction.commit());
  return !aborts;
}

async function writeAndCommit() {
  const producer = new Producer({ ...client, idempotent: true, acks: -1, serializers: stringSerializers });
  const member = new Member();
  for await (const step of member.batches(() => RECORDS_OF_STEP)) {
    console.log('read');
    await producer.send({ messages: step.messages.map(({ value }) => ({ topic: target, value })) });
    console.log('written');
    step.isUndone = !await member.commit(step);
    // A commit that the client has sent again, while the broker was gone, may have come after another member's.
    if (!step.isUndone && step.isCurrent()) console.log(step.messages.length);
  }
}

function fail(error) {
  console.error(error);
  process.exit(1);
}

if (!isWorking) setTimeout(() => fail(new Error(`the records did not come within ${PATIENCE_MS} ms`)), PATIENCE_MS).unref();
({ share, transform, work: isClassic ? transform : writeAndCommit })[action]().catch(fail);
