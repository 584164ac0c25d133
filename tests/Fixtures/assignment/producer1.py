import sys
import os

from confluent_kafka import Producer

# Specify BROKERS, USERNAME, PASSWORD and TOPIC
brokers = "tricycle-01.srvs.cloudkafka.com:9094,tricycle-02.srvs.cloudkafka.com:9094,tricycle-03.srvs.cloudkafka.com:9094" 
username = "<username>"
password = "<password>"
topic = "dgcdj8l4-default"

# Set the path for the user-defined modules so that they can be directly imported into the python program
os.environ['CLOUDKARAFKA_BROKERS']= brokers
os.environ['CLOUDKARAFKA_USERNAME']= username
os.environ['CLOUDKARAFKA_PASSWORD']= password
os.environ['CLOUDKARAFKA_TOPIC']= topic

if __name__ == '__main__':
    topic = os.environ['CLOUDKARAFKA_TOPIC'].split(",")[0]

    # Consumer configuration
    conf = {
        'bootstrap.servers': os.environ['CLOUDKARAFKA_BROKERS'],                # Specify kafka servers
        'session.timeout.ms': 6000,                                             # The producer sends periodic heartbeats to indicate its liveness to the broker
        'default.topic.config': {'auto.offset.reset': 'smallest'},              # if there is no offset info, the offset will be set to the smallest value available
        'security.protocol': 'SASL_SSL',                                        # protocol used to communicate with brokers
	      'sasl.mechanisms': 'SCRAM-SHA-256',                       # SASL mechanism to use for authentication. Supported: GSSAPI, PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER        
        'sasl.username': os.environ['CLOUDKARAFKA_USERNAME'],
        'sasl.password': os.environ['CLOUDKARAFKA_PASSWORD']
    }

    p = Producer(**conf)

    def delivery_callback(err, msg):
        if err:
            sys.stderr.write('%% Message failed delivery: %s\n' % err)
        else:
            sys.stderr.write('%% Message delivered to %s [%d]\n' %(msg.topic(), msg.partition()))
    print("\nEnter text: ")
    # Take input data continuously
    for line in sys.stdin:                             
        try:
            # send data to specified topic
            p.produce(topic, line.rstrip(), callback=delivery_callback)       
        except BufferError as e:
            sys.stderr.write('%% Local producer queue is full (%d messages awaiting delivery): try again\n' %len(p))
        p.poll(0)
        print("\nEnter text or interupt the execution to stop.")

    sys.stderr.write('%% Waiting for %d deliveries\n' % len(p))
    p.flush()            # makes all buffered records immediately available to send
