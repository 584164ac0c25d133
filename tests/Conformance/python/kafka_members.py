"""
kafka-python, one member of a group:
share BOOTSTRAP GROUP COUNT SOURCE reads so many records and leaves, and prints what it has committed;
work BOOTSTRAP GROUP NAME SOURCE TARGET writes each record and commits then, goes on until it is killed or fails, and says how far it is.
"""
import sys
import time

from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata
from kafka.errors import CommitFailedError

PATIENCE_S = 45
RECORDS_OF_STEP = 10


def subscribe(bootstrap, group, source):
    return KafkaConsumer(
        source, bootstrap_servers=bootstrap, group_id=group, auto_offset_reset="earliest", enable_auto_commit=False,
        session_timeout_ms=6_000, heartbeat_interval_ms=500)


def share(bootstrap, group, count, source):
    consumer = subscribe(bootstrap, group, source)
    done, count, end = 0, int(count), time.monotonic() + PATIENCE_S
    while done < count:
        if time.monotonic() > end:
            sys.exit(f"only {done} of {count} records came within {PATIENCE_S} s")
        for partition, records in consumer.poll(timeout_ms=500, max_records=1).items():
            for record in records:
                try:
                    consumer.commit({partition: OffsetAndMetadata(record.offset + 1, "")})
                except CommitFailedError:
                    # The group has gone on without this member, which reads again from what is committed.
                    continue
                print(record.partition, record.offset)
                done += 1
    consumer.close()


def work(bootstrap, group, name, source, target):
    consumer = subscribe(bootstrap, group, source)
    producer = KafkaProducer(bootstrap_servers=bootstrap, client_id=name, acks="all", retries=20)
    while True:
        found = consumer.poll(timeout_ms=500, max_records=RECORDS_OF_STEP)
        records = [record for records in found.values() for record in records]
        if not records:
            continue
        print("read", flush=True)
        for sent in [producer.send(target, record.value) for record in records]:
            sent.get(PATIENCE_S)
        print("written", flush=True)
        try:
            consumer.commit({partition: OffsetAndMetadata(records[-1].offset + 1, "") for partition, records in found.items()})
        except CommitFailedError:
            # As above; the member that has the partitions now writes these records again.
            continue
        print(len(records), flush=True)


if __name__ == "__main__":
    action, *arguments = sys.argv[1:]
    {"share": share, "work": work}[action](*arguments)
