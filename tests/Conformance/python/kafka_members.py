"""kafka-python: share BOOTSTRAP GROUP COUNT SOURCE; one member of a group that reads so many records and leaves. Prints what it has committed."""
import sys
import time

from kafka import KafkaConsumer, OffsetAndMetadata
from kafka.errors import CommitFailedError

PATIENCE_S = 45


def share(bootstrap, group, count, source):
    consumer = KafkaConsumer(
        source, bootstrap_servers=bootstrap, group_id=group, auto_offset_reset="earliest", enable_auto_commit=False,
        session_timeout_ms=10_000, heartbeat_interval_ms=500)
    done, end = 0, time.monotonic() + PATIENCE_S
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


if __name__ == "__main__":
    action, bootstrap, group, count, *topics = sys.argv[1:]
    {"share": share}[action](bootstrap, group, int(count), *topics)
