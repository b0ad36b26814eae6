"""Reads the events of a Luchs device: decrypts, verifies, drops what it has seen. One JSON event a line.

pip install jwcrypto paho-mqtt; python3 subscribe.py HOST PORT ca.crt client.crt client.key recipient.jwk device.pub.jwk
"""
import base64, itertools, json, os, pathlib, sys
from jwcrypto import jwe, jwk, jws
from paho.mqtt import client as mqtt

host, port, ca, certificate, key = sys.argv[1:6]
(recipient, device), seen = (jwk.JWK.from_json(pathlib.Path(path).read_text()) for path in sys.argv[6:8]), set()
refusals = itertools.count(1)

def require(condition, reason):
    if not condition: raise ValueError(reason)

def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

def read(topic, payload, retained):
    # Before anything is computed: no size, algorithm or feature but ours, whoever else it was encrypted to.
    require(not retained and len(payload) <= 65536, "retained or too large, which no event is")
    envelope = json.loads(payload)
    own = [recipient_.get("header", {}) for recipient_ in envelope["recipients"]]
    headers = [json.loads(decode(envelope["protected"])), envelope.get("unprotected", {}), *own]
    require(not any({"zip", "crit"} & header.keys() for header in headers), "zip or crit in a header")
    require(headers[0].get("enc") == "A256GCM" and all("alg" not in header for header in headers[:2])
            and all(header["alg"] == "ECDH-ES+A256KW" for header in own), "another algorithm than ours")
    ours = [entry for entry in envelope["recipients"] if entry["header"]["kid"] == recipient.key_id]
    require(ours, "not encrypted to our key")
    (opened := jwe.JWE(algs=["ECDH-ES+A256KW", "A256GCM"])).deserialize(json.dumps(envelope | {"recipients": ours[:1]}))
    opened.decrypt(recipient)
    # The signature, with the device's key and no other algorithm.
    require(opened.payload.count(b".") == 2 and opened.payload[:1] != b"{", "its content is no signed token")
    (signed := jws.JWS()).allowed_algs = ["ES256"]
    signed.deserialize(opened.payload.decode(), device)
    require(signed.jose_header["typ"] == "luchs-event+jwt", "another kind of token")
    # Now it is the device's word; is it meant for us, and here?
    event = (claims := json.loads(signed.payload))["event"]
    require(event["schema"] == "luchs.event/1", "a format that is not known here")
    require(claims["iss"] == event["device"] == device.get("device"), "signed in the name of another device")
    require(claims["topic"] == topic and topic.split("/")[-3:] == [event["device"], event["camera"], "events"],
            "made for another topic or camera")
    require(recipient.key_id in claims["aud"], "made for another reader and passed on")
    require(0 < event["seq"] < 2**53, "a number that no device gives")
    if (place := (event["device"], event["epoch"], event["seq"])) not in seen:  # the broker may send it twice
        seen.add(place)
        print(json.dumps(event), flush=True)

def receive(_client, _userdata, message):
    try:
        read(message.topic, message.payload, message.retain)
    except Exception as error:  # ascii(): topic and reason may hold text of others
        reason = ascii(f"{message.topic}: {type(error).__name__}: {error}")
        print(f"refused ({next(refusals)}): {reason}", file=sys.stderr, flush=True)

reader = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5, client_id=f"python-{os.getpid()}")
reader.tls_set(ca, certificate, key)
reader.on_message = receive
reader.on_connect = lambda *_: reader.subscribe("luchs/+/+/events", qos=1)
reader.on_subscribe = lambda *_: print("subscribed", file=sys.stderr, flush=True)
reader.connect(host, int(port))
reader.loop_forever()
