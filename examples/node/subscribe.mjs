// Reads the events of a Luchs device: decrypts, verifies, drops what it has seen. One JSON event a line.
//
// npm install jose mqtt
// node subscribe.mjs HOST PORT ca.crt client.crt client.key recipient.jwk device.pub.jwk
import { readFileSync } from "node:fs";
import { compactVerify, generalDecrypt, importJWK } from "jose";
import mqtt from "mqtt";

const [host, port, ca, cert, key, recipientFile, deviceFile] = process.argv.slice(2);
const [recipient, device] = [recipientFile, deviceFile].map((file) => JSON.parse(readFileSync(file, "utf8")));
const [decryptionKey, verificationKey] = [await importJWK(recipient, "ECDH-ES+A256KW"), await importJWK(device, "ES256")];
const seen = new Set();

async function read(topic, payload, retained) {
  if (retained || payload.length > 65536) throw new Error("retained or too large, which no event is");
  const only = { keyManagementAlgorithms: ["ECDH-ES+A256KW"], contentEncryptionAlgorithms: ["A256GCM"] };
  const envelope = JSON.parse(payload.toString());
  const header = { ...JSON.parse(Buffer.from(envelope.protected, "base64url")), ...envelope.unprotected };
  if ("zip" in header || "crit" in header) throw new Error("zip or crit in its header");
  const { plaintext } = await generalDecrypt(envelope, decryptionKey, only);
  const signed = await compactVerify(plaintext, verificationKey, { algorithms: ["ES256"] });
  const claims = JSON.parse(new TextDecoder().decode(signed.payload)), event = claims.event;
  const meant = signed.protectedHeader.typ === "luchs-event+jwt" && claims.topic === topic
    && claims.iss === event.device && event.device === device.device && claims.aud.includes(recipient.kid)
    && event.schema === "luchs.event/1";
  if (!meant) throw new Error("made for another topic, device or reader");
  const place = `${event.device} ${event.epoch} ${event.seq}`;
  if (seen.has(place)) return;
  seen.add(place);
  console.log(JSON.stringify(event));
}

const files = { ca: readFileSync(ca), cert: readFileSync(cert), key: readFileSync(key) };
const reader = mqtt.connect(`mqtts://${host}:${port}`, { ...files, protocolVersion: 5, clientId: `node-${process.pid}` });
reader.on("connect", () => reader.subscribe("luchs/+/+/events", { qos: 1 }, () => console.error("subscribed")));
reader.on("error", (error) => console.error(String(error)));
let order = Promise.resolve(); // decryption is asynchronous, events stay in their order
reader.on("message", (topic, payload, packet) => {
  order = order.then(() => read(topic, payload, packet.retain)).catch((error) => console.error(`${topic}: refused: ${error}`));
});
