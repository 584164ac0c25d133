"""confluent_kafka: produce|consume SETTINGS TOPIC COUNT [GROUP]; SETTINGS is JSON."""
import json
import sys

from confluent_kafka import Consumer, KafkaException, Producer


def config(settings):
    found = {"bootstrap.servers": settings["bootstrap"]}
    if "username" in settings:
        found.update({
            "security.protocol": "SASL_SSL",
            "sasl.mechanisms": settings["mechanism"],
            "sasl.username": settings["username"],
            "sasl.password": settings["password"],
            "ssl.ca.location": settings["ca"],
        })
    return found


def produce(settings, topic, count):
    delivered = []

    def on_delivery(error, message):
        if error:
            raise KafkaException(error)
        delivered.append(message.offset())

    producer = Producer({**config(settings), "compression.type": settings.get("codec", "none"), "acks": "all", "linger.ms": 10})
    for i in range(count):
        producer.produce(topic, key=f"k{i}", value=f"line {i}", on_delivery=on_delivery)
    producer.flush(30)
    print("delivered", len(delivered))


def consume(settings, topic, count, group):
    consumer = Consumer({**config(settings), "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False})
    consumer.subscribe([topic])
    for _ in range(count):
        message = consumer.poll(30)
        if message is None:
            sys.exit("no record came within 30 s")
        if message.error():
            raise KafkaException(message.error())
        print(message.offset(), message.key().decode(), message.value().decode())
    consumer.commit(asynchronous=False)
    consumer.close()


if __name__ == "__main__":
    action, settings, topic, count, *group = sys.argv[1:]
    {"produce": produce, "consume": consume}[action](json.loads(settings), topic, int(count), *group)
