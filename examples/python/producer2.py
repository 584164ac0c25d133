"""Sends each number that you enter to a topic, as one message. Ctrl-C or the end of the input stops it.

Where to: CLOUDKARAFKA_BROKERS, CLOUDKARAFKA_TOPIC and, for a broker that asks for them, CLOUDKARAFKA_USERNAME and
_PASSWORD; CLOUDKARAFKA_CA is the path of the broker's CA certificate, when the system does not know it.
"""

import os
import sys

from confluent_kafka import Producer


def setting(name, otherwise=""):
    return os.environ.get("CLOUDKARAFKA_" + name, otherwise)


topic = setting("TOPIC", "numbers").split(",")[0]
conf = {
    "bootstrap.servers": setting("BROKERS", "localhost:9092"),
    "enable.idempotence": True,  # Each line once and in order, also when a connection breaks; includes acks=all.
}
if setting("USERNAME"):
    conf.update({
        "security.protocol": "SASL_SSL",
        "sasl.mechanisms": "SCRAM-SHA-256",
        "sasl.username": setting("USERNAME"),
        "sasl.password": setting("PASSWORD"),
    })
    if setting("CA"):
        conf["ssl.ca.location"] = setting("CA")

producer = Producer(conf)
failed = 0


def delivered(err, msg):
    global failed
    if err:
        failed += 1
        sys.stderr.write(f"% Message failed delivery: {err}\n")
    else:
        sys.stderr.write(f"% Message delivered to {msg.topic()} [{msg.partition()}] at offset {msg.offset()}\n")


def send(line):
    while True:
        try:
            producer.produce(topic, line, callback=delivered)
            return
        except BufferError:
            producer.poll(1)  # Too much is under way: wait for deliveries, lose nothing.


sys.stderr.write("Enter numbers, one a line; Ctrl-C stops:\n")
try:
    for line in sys.stdin:
        send(line.rstrip("\r\n"))
        producer.poll(0)
except KeyboardInterrupt:
    pass

sys.stderr.write(f"% Waiting for {len(producer)} deliveries\n")
producer.flush()
sys.exit(1 if failed else 0)
