// Reads the events of a Luchs device: decrypts, verifies, drops what it has seen. One JSON event a line.
//
//	apt-get install golang-go golang-gopkg-square-go-jose.v2-dev golang-github-eclipse-paho.mqtt.golang-dev
//	GO111MODULE=off GOPATH=/usr/share/gocode go build -o subscribe subscribe.go
//	./subscribe HOST PORT ca.crt client.crt client.key recipient.jwk device.pub.jwk
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	jose "gopkg.in/square/go-jose.v2"
)

type header map[string]interface{}

type entry struct {
	Header       header `json:"header"`
	EncryptedKey string `json:"encrypted_key"`
}

type envelope struct {
	Protected   string  `json:"protected"`
	Unprotected header  `json:"unprotected,omitempty"`
	Recipients  []entry `json:"recipients"`
	Iv          string  `json:"iv"`
	Ciphertext  string  `json:"ciphertext"`
	Tag         string  `json:"tag"`
	Aad         string  `json:"aad,omitempty"`
}

type claims struct {
	Iss, Topic string
	Aud        []string
	Event      json.RawMessage
}

type event struct {
	Schema, Device, Camera, Epoch string
	Seq                           uint64
}

var (
	recipient, device jose.JSONWebKey
	deviceName        string
	seen              = map[string]bool{}
	refusals          int
)

// open gives the content of an envelope that was made for our key.
func open(payload []byte) ([]byte, error) {
	// Before anything is computed: no algorithm or feature but ours, whoever else it was encrypted to.
	var sealed envelope
	if err := json.Unmarshal(payload, &sealed); err != nil {
		return nil, errors.New("no envelope in general JSON form")
	}
	text, err := base64.RawURLEncoding.DecodeString(sealed.Protected)
	var protected header
	if err != nil || json.Unmarshal(text, &protected) != nil {
		return nil, errors.New("no protected header")
	}
	headers := []header{protected, sealed.Unprotected}
	var ours []entry
	for _, entry := range sealed.Recipients {
		if entry.Header["alg"] != "ECDH-ES+A256KW" {
			return nil, errors.New("another algorithm than ours")
		}
		if entry.Header["kid"] == recipient.KeyID {
			ours = append(ours, entry)
		}
		headers = append(headers, entry.Header)
	}
	for at, header := range headers {
		_, zip := header["zip"]
		_, crit := header["crit"]
		_, alg := header["alg"]
		if zip || crit {
			return nil, errors.New("zip or crit in a header")
		}
		if at < 2 && alg {
			return nil, errors.New("another algorithm than ours")
		}
	}
	if protected["enc"] != "A256GCM" {
		return nil, errors.New("another algorithm than ours")
	}
	if len(ours) == 0 {
		return nil, errors.New("not encrypted to our key")
	}
	sealed.Recipients = ours[:1]
	single, err := json.Marshal(sealed)
	if err != nil {
		return nil, err
	}
	parsed, err := jose.ParseEncrypted(string(single))
	if err != nil {
		return nil, err
	}
	_, _, content, err := parsed.DecryptMulti(recipient.Key)
	return content, err
}

// verify gives the payload of a token that the device signed.
func verify(content []byte) ([]byte, error) {
	if bytes.Count(content, []byte(".")) != 2 || bytes.HasPrefix(content, []byte("{")) {
		return nil, errors.New("its content is no signed token")
	}
	signed, err := jose.ParseSigned(string(content))
	if err != nil {
		return nil, err
	}
	protected := signed.Signatures[0].Protected
	if protected.Algorithm != "ES256" {
		return nil, errors.New("another signature algorithm than ours")
	}
	if protected.ExtraHeaders["typ"] != "luchs-event+jwt" {
		return nil, errors.New("another kind of token")
	}
	return signed.Verify(device.Key)
}

func read(message mqtt.Message) error {
	if message.Retained() || len(message.Payload()) > 65536 {
		return errors.New("retained or too large, which no event is")
	}
	content, err := open(message.Payload())
	if err != nil {
		return err
	}
	payload, err := verify(content)
	if err != nil {
		return err
	}
	// Now it is the device's word; is it meant for us, and here?
	var claims claims
	var event event
	if json.Unmarshal(payload, &claims) != nil || json.Unmarshal(claims.Event, &event) != nil {
		return errors.New("its content is no event")
	}
	forUs := false
	for _, kid := range claims.Aud {
		forUs = forUs || kid == recipient.KeyID
	}
	place := "/" + event.Device + "/" + event.Camera + "/events"
	switch {
	case event.Schema != "luchs.event/1":
		return errors.New("a format that is not known here")
	case claims.Iss != deviceName || event.Device != deviceName:
		return errors.New("signed in the name of another device")
	case claims.Topic != message.Topic() || !strings.HasSuffix(message.Topic(), place):
		return errors.New("made for another topic or camera")
	case !forUs:
		return errors.New("made for another reader and passed on")
	case event.Seq == 0 || event.Seq >= 1<<53:
		return errors.New("a number that no device gives")
	}
	number := fmt.Sprint(event.Device, " ", event.Epoch, " ", event.Seq)
	if !seen[number] { // the broker may send it twice
		seen[number] = true
		var line bytes.Buffer
		if err := json.Compact(&line, claims.Event); err != nil {
			return err
		}
		fmt.Println(line.String())
	}
	return nil
}

func receive(_ mqtt.Client, message mqtt.Message) {
	defer func() {
		// The libraries are of 2021: one message never ends the program.
		if reason := recover(); reason != nil {
			refuse(message, fmt.Errorf("%v", reason))
		}
	}()
	if err := read(message); err != nil {
		refuse(message, err)
	}
}

// Topic and reason may hold text of others: %+q escapes it.
func refuse(message mqtt.Message, err error) {
	refusals++
	fmt.Fprintf(os.Stderr, "refused (%d): %+q\n", refusals, message.Topic()+": "+err.Error())
}

func load(path string, key *jose.JSONWebKey) []byte {
	text := file(path)
	if err := key.UnmarshalJSON(text); err != nil {
		log.Fatalf("%s: %v", path, err)
	}
	return text
}

func file(path string) []byte {
	text, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	return text
}

func main() {
	if len(os.Args) != 8 {
		log.Fatal("usage: subscribe HOST PORT ca.crt client.crt client.key recipient.jwk device.pub.jwk")
	}
	host, port, ca, certificate, key := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	load(os.Args[6], &recipient)
	var name struct{ Device string }
	if err := json.Unmarshal(load(os.Args[7], &device), &name); err != nil || name.Device == "" {
		log.Fatalf("%s names no device", os.Args[7])
	}
	deviceName = name.Device
	identity, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		log.Fatal(err)
	}
	authority := x509.NewCertPool()
	if !authority.AppendCertsFromPEM(file(ca)) {
		log.Fatalf("%s holds no certificate", ca)
	}
	options := mqtt.NewClientOptions().AddBroker("ssl://" + host + ":" + port)
	options.SetClientID(fmt.Sprint("go-", os.Getpid()))
	options.SetTLSConfig(&tls.Config{RootCAs: authority, Certificates: []tls.Certificate{identity}, ServerName: host})
	options.SetOnConnectHandler(func(client mqtt.Client) {
		go func() { // waiting here would keep the client from hearing the answer
			if token := client.Subscribe("luchs/+/+/events", 1, receive); token.Wait() && token.Error() != nil {
				log.Fatal(token.Error())
			}
			fmt.Fprintln(os.Stderr, "subscribed")
		}()
	})
	if token := mqtt.NewClient(options).Connect(); token.Wait() && token.Error() != nil {
		log.Fatal(token.Error())
	}
	select {}
}
