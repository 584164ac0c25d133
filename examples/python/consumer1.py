"""Shows each message of a topic with its number of words, and an alert when there are more than six. Ctrl-C stops it.

From where: CLOUDKARAFKA_BROKERS, CLOUDKARAFKA_TOPIC and, for a broker that asks for them, CLOUDKARAFKA_USERNAME and
_PASSWORD; CLOUDKARAFKA_CA is the path of the broker's CA certificate, when the system does not know it.
"""

import os
import sys

from confluent_kafka import Consumer


def setting(name, otherwise=""):
    return os.environ.get("CLOUDKARAFKA_" + name) or otherwise


ALERT_ABOVE = 6
topic = setting("TOPIC", "lines").split(",")[0].strip()
conf = {
    "bootstrap.servers": setting("BROKERS", "localhost:9092"),
    "group.id": "consumer1",  # The broker remembers per group how far it has read.
    "auto.offset.reset": "earliest",  # Where a group begins that has read nothing yet.
    "enable.auto.offset.store": False,  # A message counts as read when it has been shown, not when it has been fetched.
    "allow.auto.create.topics": True,  # The consumer may be started before its topic exists.
    "session.timeout.ms": 6000,  # So soon the group forgets a consumer that died without a word.
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

consumer = Consumer(conf)
consumer.subscribe([topic])
try:
    while True:
        message = consumer.poll(1.0)
        if message is None:
            continue
        if message.error():
            sys.stderr.write(f"% {message.error().str()}\n")
            continue
        text = (message.value() or b"").decode("utf-8", "replace")
        words = len(text.split())
        print(f"{text} ({words} words)", flush=True)
        if words > ALERT_ABOVE:
            print(f"ALERT: more than {ALERT_ABOVE} words", flush=True)
        consumer.store_offsets(message)
except KeyboardInterrupt:
    pass
finally:
    consumer.close()  # Commits how far it has read and leaves the group, so that a restart goes on here.
