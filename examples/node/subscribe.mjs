// Reads the events of a Luchs device: decrypts, verifies, drops what it has seen. One JSON event a line.
//
// npm install jose mqtt
// node subscribe.mjs HOST PORT ca.crt client.crt client.key recipient.jwk device.pub.jwk
import { readFileSync } from "node:fs";
import { compactVerify, flattenedDecrypt, importJWK } from "jose";
import mqtt from "mqtt";

const [host, port, ca, cert, key, recipientFile, deviceFile] = process.argv.slice(2);
const [recipient, device] = [recipientFile, deviceFile].map((file) => JSON.parse(readFileSync(file, "utf8")));
const [decryptionKey, verificationKey] = [await importJWK(recipient, "ECDH-ES+A256KW"), await importJWK(device, "ES256")];
const seen = new Set();
let refusals = 0;

function require(condition, reason) {
  if (!condition) throw new Error(reason);
}

async function read(topic, payload, retained) {
  // Before anything is computed: no size, algorithm or feature but ours, whoever else it was encrypted to.
  require(!retained && payload.length <= 65536, "retained or too large, which no event is");
  const { recipients, ...envelope } = JSON.parse(payload.toString());
  const own = recipients.map((entry) => entry.header);
  const headers = [JSON.parse(Buffer.from(envelope.protected, "base64url")), envelope.unprotected ?? {}, ...own];
  require(!headers.some((header) => "zip" in header || "crit" in header), "zip or crit in a header");
  const others = headers.slice(0, 2).some((header) => "alg" in header);
  require(headers[0].enc === "A256GCM" && !others && own.every((header) => header.alg === "ECDH-ES+A256KW"),
    "another algorithm than ours");
  const ours = recipients.find((entry) => entry.header.kid === recipient.kid);
  require(ours, "not encrypted to our key");
  const only = { keyManagementAlgorithms: ["ECDH-ES+A256KW"], contentEncryptionAlgorithms: ["A256GCM"] };
  const { plaintext } = await flattenedDecrypt({ ...envelope, ...ours }, decryptionKey, only);
  // The signature, with the device's key and no other algorithm.
  const signed = await compactVerify(plaintext, verificationKey, { algorithms: ["ES256"] });
  require(signed.protectedHeader.typ === "luchs-event+jwt", "another kind of token");
  // Now it is the device's word; is it meant for us, and here?
  const claims = JSON.parse(new TextDecoder().decode(signed.payload)), event = claims.event;
  require(event.schema === "luchs.event/1", "a format that is not known here");
  require(claims.iss === event.device && event.device === device.device, "signed in the name of another device");
  const place = topic.split("/").slice(-3).join("/");
  require(claims.topic === topic && place === `${event.device}/${event.camera}/events`, "made for another topic or camera");
  require(Array.isArray(claims.aud) && claims.aud.includes(recipient.kid), "made for another reader and passed on");
  require(Number.isSafeInteger(event.seq) && event.seq > 0, "a number that no device gives");
  const number = `${event.device} ${event.epoch} ${event.seq}`;
  if (seen.has(number)) return; // the broker may send it twice
  seen.add(number);
  console.log(JSON.stringify(event));
}

// Topic and reason may hold text of others.
const printable = (text) => text.replace(/[^\x20-\x7e]/gu, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);
const files = { ca: readFileSync(ca), cert: readFileSync(cert), key: readFileSync(key) };
const reader = mqtt.connect(`mqtts://${host}:${port}`, { ...files, protocolVersion: 5, clientId: `node-${process.pid}` });
reader.on("connect", () => reader.subscribe("luchs/+/+/events", { qos: 1 }, () => console.error("subscribed")));
reader.on("error", (error) => console.error(printable(String(error))));
let order = Promise.resolve(); // decryption is asynchronous, events stay in their order
reader.on("message", (topic, payload, packet) => {
  order = order.then(() => read(topic, payload, packet.retain))
    .catch((error) => console.error(printable(`refused (${++refusals}): ${topic}: ${error}`)));
});
