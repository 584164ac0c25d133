"""
confluent_kafka, one member of a group that writes every record once:
transform BOOTSTRAP GROUP COUNT SOURCE TARGET does so many records, and leaves;
work BOOTSTRAP GROUP NAME SOURCE TARGET goes on until it is killed or fails, and says how far it is.
"""
import sys
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition

PATIENCE_S = 45
SESSION_MS = 6000
TRANSACTION_MS = 10000
RECORDS_OF_TRANSACTION = 10
ABORTS_EVERY = 4


class Member:
    def __init__(self, bootstrap, group, source, target, transactional_id):
        self.target = target
        self.is_rebalanced = False
        self.consumer = Consumer({
            "bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False,
            "isolation.level": "read_committed", "session.timeout.ms": SESSION_MS, "heartbeat.interval.ms": 500, "reconnect.backoff.max.ms": 500})
        self.consumer.subscribe([source], on_revoke=self.on_revoke)
        self.producer = Producer({
            "bootstrap.servers": bootstrap, "transactional.id": transactional_id, "transaction.timeout.ms": TRANSACTION_MS,
            "reconnect.backoff.max.ms": 500})
        self.producer.init_transactions(PATIENCE_S)

    def on_revoke(self, consumer, partitions):
        self.is_rebalanced = True

    def read(self, count):
        """What was read before a rebalance is another member's by now."""
        self.is_rebalanced = False
        records = [record for record in self.consumer.consume(count, 0.5) if record.error() is None]
        if self.is_rebalanced:
            self.go_back()
            return []
        return records

    def write(self, records, aborts):
        """The number of records that count now."""
        print("read", flush=True)
        try:
            self.producer.begin_transaction()
            for record in records:
                self.producer.produce(self.target, value=record.value())
            self.producer.flush(PATIENCE_S)
            print("written", flush=True)
            ends = {(record.topic(), record.partition()): record.offset() + 1 for record in records}
            offsets = [TopicPartition(topic, partition, offset) for (topic, partition), offset in ends.items()]
            self.producer.send_offsets_to_transaction(offsets, self.consumer.consumer_group_metadata(), PATIENCE_S)
            print("sent", flush=True)
            if not aborts:
                self.producer.commit_transaction(PATIENCE_S)
                return len(records)
        except KafkaException as failure:
            if not failure.args[0].txn_requires_abort():
                raise
        self.producer.abort_transaction(PATIENCE_S)
        self.go_back()
        return 0

    def go_back(self):
        """To what is committed."""
        for position in self.consumer.committed(self.consumer.assignment(), PATIENCE_S):
            if position.offset < 0:
                position.offset = OFFSET_BEGINNING
            self.consumer.seek(position)


def transform(bootstrap, group, count, source, target):
    # Offsets are fenced by the member's generation, so each member may have an id of its own.
    member = Member(bootstrap, group, source, target, f"{group}-{time.monotonic_ns()}")
    done, rounds, end = 0, 0, time.monotonic() + PATIENCE_S
    count = int(count)
    while done < count:
        if time.monotonic() > end:
            sys.exit(f"only {done} of {count} records came within {PATIENCE_S} s")
        records = member.read(min(RECORDS_OF_TRANSACTION, count - done))
        if records:
            rounds += 1
            done += member.write(records, aborts=rounds % ABORTS_EVERY == 0)
    member.consumer.close()
    print("done", done)


def work(bootstrap, group, name, source, target):
    member = Member(bootstrap, group, source, target, name)
    while True:
        records = member.read(RECORDS_OF_TRANSACTION)
        if records:
            print(member.write(records, aborts=False), flush=True)


if __name__ == "__main__":
    action, *arguments = sys.argv[1:]
    {"transform": transform, "work": work}[action](*arguments)
