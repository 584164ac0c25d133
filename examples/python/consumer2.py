"""Shows the mean of the last three numbers of a topic; the first two are shown as they came. Ctrl-C stops it.

From where: CLOUDKARAFKA_BROKERS, CLOUDKARAFKA_TOPIC and, for a broker that asks for them, CLOUDKARAFKA_USERNAME and
_PASSWORD; CLOUDKARAFKA_CA is the path of the broker's CA certificate, when the system does not know it.
"""

import math
import os
import re
import sys
from collections import deque

from confluent_kafka import OFFSET_BEGINNING, Consumer


def setting(name, otherwise=""):
    return os.environ.get("CLOUDKARAFKA_" + name) or otherwise


SIZE = 3
topic = setting("TOPIC", "numbers").split(",")[0].strip()
conf = {
    "bootstrap.servers": setting("BROKERS", "localhost:9092"),
    "group.id": "consumer2",  # The broker remembers per group how far it has read.
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

window = deque(maxlen=SIZE)
shown_before = {}


# The window is kept nowhere: after a restart it is filled again from the messages just before, which are not shown a second time.
# (A hundred, not two, as some may be no numbers.) This counts on a topic of one partition, as several have no order among them.
def go_on(consumer, partitions):
    window.clear()
    for committed in consumer.committed(partitions, timeout=30):
        shown_before[committed.partition] = committed.offset  # Negative where the group has read nothing yet.
    for partition in partitions:
        offset = shown_before[partition.partition]
        partition.offset = OFFSET_BEGINNING if offset < 0 else max(0, offset - 100)
    consumer.assign(partitions)


# A decimal number, as 12, -0.5 or 6e23.
def number_in(text):
    is_decimal = re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text)
    number = float(text) if is_decimal else math.nan
    return number if math.isfinite(number) else None


# Divided first, so that large numbers have a mean too; 15 digits, as the last ones are rounded.
def mean():
    total = 0.0
    for number in window:
        total += number / SIZE
    return f"{total:.15g}"


consumer = Consumer(conf)
consumer.subscribe([topic], on_assign=go_on)
try:
    while True:
        message = consumer.poll(1.0)
        if message is None:
            continue
        if message.error():
            sys.stderr.write(f"% {message.error().str()}\n")
            continue
        show = message.offset() >= shown_before[message.partition()]
        text = (message.value() or b"").decode("utf-8", "replace").strip(" \t\r\n")
        number = number_in(text)
        if number is not None:
            window.append(number)
        if show:
            if number is None:
                sys.stderr.write(f"% No number at {message.topic()} [{message.partition()}] @{message.offset()}: {text}\n")
            else:
                print(text if len(window) < SIZE else mean(), flush=True)
            consumer.store_offsets(message)
except KeyboardInterrupt:
    pass
finally:
    consumer.close()  # Commits how far it has read and leaves the group, so that a restart goes on here.
