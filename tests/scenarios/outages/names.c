/* Name resolution that fails or hangs as the file LUCHS_TEST_NAMES says: "gone", "hang", anything else is the real one. Only
   "localhost" is told without asking: there are machines without a hosts file, whose DNS server has to know it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int says(const char *word) {
  const char *path = getenv("LUCHS_TEST_NAMES");
  char text[16] = "";
  FILE *file = path ? fopen(path, "r") : NULL;
  if (!file) return 0;
  if (!fgets(text, sizeof text, file)) text[0] = 0;
  fclose(file);
  return strncmp(text, word, strlen(word)) == 0;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
  int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
  *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
  while (says("hang")) usleep(50000);
  if (says("gone")) return EAI_AGAIN;
  return real(node && strcmp(node, "localhost") == 0 ? "127.0.0.1" : node, service, hints, found);
}
