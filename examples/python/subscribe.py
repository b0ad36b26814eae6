"""Reads the events of a Luchs device: decrypts, verifies, drops what it has seen. One JSON event a line.

pip install jwcrypto paho-mqtt; python3 subscribe.py HOST PORT ca.crt client.crt client.key recipient.jwk device.pub.jwk
"""
import json, os, pathlib, sys
from jwcrypto import jwe, jwk, jws
from paho.mqtt import client as mqtt

host, port, ca, certificate, key = sys.argv[1:6]
(recipient, device), seen = (jwk.JWK.from_json(pathlib.Path(path).read_text()) for path in sys.argv[6:8]), set()

def read(topic, payload, retained):
    if retained or len(payload) > 65536: raise ValueError("retained or too large, which no event is")
    (envelope := jwe.JWE(algs=["ECDH-ES+A256KW", "A256GCM"])).deserialize(payload.decode())  # no other algorithms
    header = json.loads(envelope.objects["protected"]) | json.loads(envelope.objects.get("unprotected", "{}"))
    if header.keys() & {"zip", "crit"}: raise ValueError("zip or crit in its header, which no event has")
    envelope.decrypt(recipient)
    (signed := jws.JWS()).allowed_algs = ["ES256"]
    signed.deserialize(envelope.payload.decode(), device)
    event = (claims := json.loads(signed.payload))["event"]
    if not (signed.jose_header["typ"] == "luchs-event+jwt" and recipient.key_id in claims["aud"] and claims["topic"] == topic
            and claims["iss"] == event["device"] == device.get("device") and event["schema"] == "luchs.event/1"):
        raise ValueError("made for another topic, device or reader")
    if (place := (event["device"], event["epoch"], event["seq"])) not in seen:
        seen.add(place)
        print(json.dumps(event), flush=True)

def receive(_client, _userdata, message):
    try:
        read(message.topic, message.payload, message.retain)
    except Exception as error:
        print(f"{message.topic}: refused: {type(error).__name__}: {error}", file=sys.stderr, flush=True)

reader = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5, client_id=f"python-{os.getpid()}")
reader.tls_set(ca, certificate, key)
reader.on_message = receive
reader.on_connect = lambda *_: reader.subscribe("luchs/+/+/events", qos=1)
reader.on_subscribe = lambda *_: print("subscribed", file=sys.stderr, flush=True)
reader.connect(host, int(port))
reader.loop_forever()
