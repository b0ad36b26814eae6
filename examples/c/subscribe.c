/* Reads the events of a Luchs device: decrypts, verifies, drops what it has seen. One JSON event a line.
 *
 *   apt-get install libjose-dev libmosquitto-dev
 *   cc -O2 -Wall subscribe.c -o subscribe $(pkg-config --cflags --libs jose libmosquitto jansson libcrypto)
 *   ./subscribe HOST PORT ca.crt client.crt client.key recipient.jwk device.pub.jwk
 */
#include <jose/b64.h>
#include <jose/jwe.h>
#include <jose/jws.h>
#include <mosquitto.h>
#include <openssl/err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *recipient, *device, *seen;
static const char *kid;
static jose_cfg_t *quiet;
static unsigned refusals;

static void say_nothing(void *misc, const char *file, int line, uint64_t err, const char *fmt, va_list ap) {
    (void)misc, (void)file, (void)line, (void)err, (void)fmt, (void)ap;
}

static const char *text(const json_t *object, const char *name) {
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

static bool is(const json_t *object, const char *name, const char *wanted) {
    return strcmp(text(object, name), wanted) == 0;
}

static bool has(const json_t *object, const char *name) {
    return json_object_get(object, name) != NULL;
}

/* Before anything is computed: no algorithm or feature but ours, whoever else it was encrypted to.
 * Gives our entry among the recipients. */
static const json_t *our_entry(const json_t *envelope, const char **reason) {
    json_auto_t *protected = jose_b64_dec_load(json_object_get(envelope, "protected"));
    const json_t *unprotected = json_object_get(envelope, "unprotected");
    const json_t *recipients = json_object_get(envelope, "recipients"), *entry, *ours = NULL;
    size_t at;
    *reason = "another algorithm than ours";
    if (!is(protected, "enc", "A256GCM") || has(protected, "alg") || has(unprotected, "alg"))
        return NULL;
    *reason = "zip or crit in a header";
    if (has(protected, "zip") || has(protected, "crit") || has(unprotected, "zip") || has(unprotected, "crit"))
        return NULL;
    json_array_foreach(recipients, at, entry) {
        const json_t *header = json_object_get(entry, "header");
        *reason = "another algorithm than ours";
        if (!is(header, "alg", "ECDH-ES+A256KW"))
            return NULL;
        *reason = "zip or crit in a header";
        if (has(header, "zip") || has(header, "crit"))
            return NULL;
        if (!ours && is(header, "kid", kid))
            ours = entry;
    }
    *reason = "not encrypted to our key";
    return ours;
}

/* The payload of a token in compact form that the device signed. */
static json_t *verified(char *token, const char **reason) {
    char *payload = strchr(token, '.'), *signature = payload ? strchr(payload + 1, '.') : NULL;
    *reason = "its content is no signed token";
    if (!signature)
        return NULL;
    *payload++ = *signature++ = '\0';
    json_auto_t *jws = json_pack("{s:s,s:s,s:s}", "protected", token, "payload", payload, "signature", signature);
    json_auto_t *header = jws ? jose_b64_dec_load(json_object_get(jws, "protected")) : NULL;
    *reason = "another signature algorithm or kind of token than ours";
    if (!is(header, "alg", "ES256") || !is(header, "typ", "luchs-event+jwt") || has(header, "crit"))
        return NULL;
    *reason = "its signature is not the device's";
    if (!jose_jws_ver(quiet, jws, NULL, device, false))
        return NULL;
    return jose_b64_dec_load(json_object_get(jws, "payload"));
}

/* Why the device's word is not meant for us, or not for this topic; NULL if it is. */
static const char *misplaced(const json_t *claims, const json_t *event, const char *topic) {
    const json_t *aud = json_object_get(claims, "aud"), *id;
    char place[600];
    bool for_us = false;
    size_t at, length = strlen(topic);
    json_array_foreach(aud, at, id)
        for_us = for_us || strcmp(json_string_value(id) ? json_string_value(id) : "", kid) == 0;
    int end = snprintf(place, sizeof place, "/%s/%s/events", text(event, "device"), text(event, "camera"));
    long long seq = json_integer_value(json_object_get(event, "seq"));
    if (!is(event, "schema", "luchs.event/1"))
        return "a format that is not known here";
    if (!is(claims, "iss", text(device, "device")) || !is(event, "device", text(device, "device")))
        return "signed in the name of another device";
    if (end < 0 || (size_t)end >= sizeof place || !is(claims, "topic", topic) || length < (size_t)end
        || strcmp(topic + length - end, place) != 0)
        return "made for another topic or camera";
    if (!for_us)
        return "made for another reader and passed on";
    if (seq < 1 || seq >= 1LL << 53)
        return "a number that no device gives";
    return NULL;
}

/* Why it was refused; NULL if it was not. */
static const char *read_event(const struct mosquitto_message *message) {
    const char *reason = "retained or too large, which no event is";
    if (message->retain || message->payloadlen > 65536)
        return reason;
    json_auto_t *envelope = json_loadb(message->payload, message->payloadlen, 0, NULL);
    if (!envelope)
        return "no JSON";
    const json_t *entry = our_entry(envelope, &reason);
    if (!entry)
        return reason;
    size_t length = 0;
    char *content = jose_jwe_dec(quiet, envelope, entry, recipient, &length);
    if (!content)
        return "it cannot be decrypted";
    char *token = strndup(content, length);
    free(content);
    json_auto_t *claims = token ? verified(token, &reason) : NULL;
    free(token);
    if (!claims)
        return reason;
    const json_t *event = json_object_get(claims, "event");
    if ((reason = misplaced(claims, event, message->topic)))
        return reason;
    char number[700];
    snprintf(number, sizeof number, "%s %s %lld", text(event, "device"), text(event, "epoch"),
             (long long)json_integer_value(json_object_get(event, "seq")));
    if (has(seen, number)) /* the broker may send it twice */
        return NULL;
    json_object_set_new(seen, number, json_true());
    json_dumpf(event, stdout, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
    return NULL;
}

static void on_message(struct mosquitto *client, void *user, const struct mosquitto_message *message) {
    (void)client, (void)user;
    const char *reason = read_event(message);
    /* What could not be decrypted leaves errors behind, which the connection would take for its own. */
    ERR_clear_error();
    if (!reason)
        return;
    fprintf(stderr, "refused (%u): ", ++refusals);
    for (const unsigned char *c = (const unsigned char *)message->topic; *c; c++) /* others chose it */
        fprintf(stderr, *c < 32 || *c > 126 ? "\\x%02x" : "%c", *c);
    fprintf(stderr, ": %s\n", reason);
}

static void on_connect(struct mosquitto *client, void *user, int code) {
    (void)user;
    if (code)
        fprintf(stderr, "%s\n", mosquitto_connack_string(code));
    else
        mosquitto_subscribe(client, NULL, "luchs/+/+/events", 1);
}

static void on_subscribe(struct mosquitto *client, void *user, int id, int count, const int *granted) {
    (void)client, (void)user, (void)id, (void)count, (void)granted;
    fprintf(stderr, "subscribed\n");
}

static void *required(void *value, const char *what) {
    if (!value) {
        fprintf(stderr, "cannot use %s\n", what);
        exit(2);
    }
    return value;
}

int main(int count, char **arguments) {
    char name[40];
    if (count != 8) {
        fprintf(stderr, "usage: %s HOST PORT ca.crt client.crt client.key recipient.jwk device.pub.jwk\n", arguments[0]);
        return 2;
    }
    recipient = required(json_load_file(arguments[6], 0, NULL), arguments[6]);
    device = required(json_load_file(arguments[7], 0, NULL), arguments[7]);
    seen = required(json_object(), "memory");
    quiet = required(jose_cfg(), "memory");
    kid = text(recipient, "kid");
    jose_cfg_set_err_func(quiet, say_nothing, NULL);
    mosquitto_lib_init();
    snprintf(name, sizeof name, "c-%ld", (long)getpid());
    struct mosquitto *client = required(mosquitto_new(name, true, NULL), "memory");
    mosquitto_connect_callback_set(client, on_connect);
    mosquitto_subscribe_callback_set(client, on_subscribe);
    mosquitto_message_callback_set(client, on_message);
    int error = mosquitto_tls_set(client, arguments[3], NULL, arguments[4], arguments[5], NULL);
    if (!error)
        error = mosquitto_connect(client, arguments[1], atoi(arguments[2]), 60);
    if (!error)
        error = mosquitto_loop_forever(client, -1, 1);
    fprintf(stderr, "%s\n", mosquitto_strerror(error));
    return 3;
}
