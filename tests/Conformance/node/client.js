// kafkajs: produce|consume SETTINGS TOPIC COUNT [GROUP]; SETTINGS is JSON.
const { CompressionTypes, Kafka, logLevel } = require('kafkajs');

const [action, settingsText, topic, countText, groupId] = process.argv.slice(2);
const settings = JSON.parse(settingsText);
const count = Number(countText);

function client() {
  const config = { clientId: 'conformance', brokers: [settings.bootstrap], logLevel: logLevel.ERROR };
  if (settings.username) {
    config.ssl = { ca: [require('fs').readFileSync(settings.ca, 'utf-8')] };
    config.sasl = { mechanism: settings.mechanism.toLowerCase(), username: settings.username, password: settings.password };
  }
  return new Kafka(config);
}

async function produce() {
  const producer = client().producer();
  await producer.connect();
  const messages = Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: `line ${i}` }));
  const compression = settings.codec === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None;
  await producer.send({ topic, acks: -1, compression, messages });
  await producer.disconnect();
  console.log(`delivered ${messages.length}`);
}

async function consume() {
  const consumer = client().consumer({ groupId });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  let left = count;
  await new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error('the records did not come within 30 s')), 30000).unref();
    consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        if (left <= 0) return;
        console.log(`${message.offset} ${message.key} ${message.value}`);
        if (--left > 0) return;
        await consumer.commitOffsets([{ topic, partition, offset: `${Number(message.offset) + 1}` }]);
        resolve();
      },
    }).catch(reject);
  });
  await consumer.disconnect();
}

({ produce, consume })[action]().catch((error) => {
  console.error(error);
  process.exit(1);
});
