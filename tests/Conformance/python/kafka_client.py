"""kafka-python: produce|consume SETTINGS TOPIC COUNT [GROUP]; SETTINGS is JSON."""
import json
import sys

from kafka import KafkaConsumer, KafkaProducer


def config(settings):
    found = {"bootstrap_servers": settings["bootstrap"]}
    if "username" in settings:
        found.update({
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": settings["mechanism"],
            "sasl_plain_username": settings["username"],
            "sasl_plain_password": settings["password"],
            "ssl_cafile": settings["ca"],
        })
    return found


def produce(settings, topic, count):
    codec = settings.get("codec", "none")
    producer = KafkaProducer(**config(settings), acks="all", linger_ms=10, compression_type=None if codec == "none" else codec)
    sent = [producer.send(topic, key=f"k{i}".encode(), value=f"line {i}".encode()) for i in range(count)]
    producer.flush(30)
    print("delivered", len([future.get(30) for future in sent]))
    producer.close()


def consume(settings, topic, count, group):
    consumer = KafkaConsumer(
        topic, **config(settings), group_id=group, auto_offset_reset="earliest", enable_auto_commit=False,
        consumer_timeout_ms=30_000, max_poll_records=count)
    for _ in range(count):
        record = next(consumer)
        print(record.offset, record.key.decode(), record.value.decode())
    consumer.commit()
    consumer.close()


if __name__ == "__main__":
    action, settings, topic, count, *group = sys.argv[1:]
    {"produce": produce, "consume": consume}[action](json.loads(settings), topic, int(count), *group)
