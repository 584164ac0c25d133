"""Sends each number that you enter to a topic, as one message. Ctrl-C or the end of the input stops it.

Where to: CLOUDKARAFKA_BROKERS, CLOUDKARAFKA_TOPIC and, for a broker that asks for them, CLOUDKARAFKA_USERNAME and
_PASSWORD; CLOUDKARAFKA_CA is the path of the broker's CA certificate, when the system does not know it.
"""

import os
import signal
import sys
import threading

from confluent_kafka import KafkaException, Producer


def setting(name, otherwise=""):
    return os.environ.get("CLOUDKARAFKA_" + name) or otherwise


topic = setting("TOPIC", "numbers").split(",")[0].strip()
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
entered = arrived = failed = 0
sending = stopping = False


def delivered(err, msg):
    global arrived, failed
    if err:
        failed += 1
        sys.stderr.write(f"% Message failed delivery: {err.str()}\n")
    else:
        arrived += 1
        sys.stderr.write(f"% Message delivered to {msg.topic()} [{msg.partition()}] at offset {msg.offset()}\n")


def send(line):
    global failed
    while True:
        try:
            producer.produce(topic, line, callback=delivered)
            return
        except BufferError:
            producer.poll(0.1)  # Too much is under way: wait for deliveries, lose nothing.
        except KafkaException as e:
            failed += 1
            sys.stderr.write(f"% Message failed delivery: {e.args[0].str()}\n")  # Such as a line above a megabyte. The next one may do.
            return


def report():
    while not stopping:
        producer.poll(0.1)  # Calls delivered, also while the program waits for the next line.


def stop(*_):
    global stopping
    if stopping:
        sys.stderr.write(f"% Gave up {entered - arrived - failed} messages\n")
        os._exit(130)
    stopping = True
    if not sending:  # A line that has been entered is sent first.
        raise KeyboardInterrupt


signal.signal(signal.SIGINT, stop)
reporter = threading.Thread(target=report)
reporter.start()
sys.stderr.write("Enter numbers, one a line; Ctrl-C stops:\n")
try:
    for line in sys.stdin.buffer:
        sending = True
        entered += 1
        send(line.rstrip(b"\r\n"))
        sending = False
        if stopping:
            break
except KeyboardInterrupt:
    pass

stopping = True
reporter.join()
sys.stderr.write(f"% Waiting for {entered - arrived - failed} deliveries; Ctrl-C gives them up\n")
while len(producer):
    producer.flush(0.1)  # In short steps: Python hears of Ctrl-C in between.
sys.exit(0 if arrived == entered else 1)
