"""What flags of other tools are called in ``fwcompare load``, and which of the same name mean something else."""

from typing import Final

FAMILIAR_FLAGS: Final = """
\b
Familiar flags, and what they are here:
  -n                 hey, oha, ab: the same
  -z 18s             hey, oha: the same; wrk, wrk2: -d; ab: -t (bare seconds).
                     A unit is always needed
  -c                 all: connections, each with one request under way
  -q, --rate         oha: -q; wrk2: -R; requests a second over all connections,
                     on one schedule. hey's -q is per connection
  --latency-correction  oha; wrk2 does so always. With --rate it holds anyway;
                     without, there is no due time and it is refused
  -t                 wrk, wrk2: --threads; hey: --timeout; ab: -z
  --timeout          wrk: the same; oha, hey: -t; ab: -s. From the due time
                     with --rate, else from the first byte sent
  -m, -H             hey, oha: the same; ab: -m, -H; wrk: -H
  -d TEXT, -d @FILE  hey, oha: -d, -D FILE; ab: -p FILE. The method stays -m;
                     no content type is added: give it with -H
  --disable-keepalive  hey, oha: the same; ab does so unless told -k
  --latency, -L      wrk, wrk2: percentiles are always printed
  --json             oha: --output-format json (its form is another:
                     fwcompare schema load)
  -r, --redirect     oha and hey follow redirects; here they are counted and
                     not followed
  --warmup           none of them has it; here it is 0s unless given
  -p, -m             oha -p N, h2load -m N: --http2 --streams N; here -m is the
                     method. h2load's -c and -n are the same
  --http2            oha, curl: the same, but over http:// it is spoken at once
                     (curl: --http2-prior-knowledge); h2load: always
  --unix-socket      oha, curl: the same
  --cacert           oha, curl: the same; in place of the system's certificates
  --insecure         oha, curl: the same (curl's -k)
  --server-name      curl: --connect-to, --resolve; h2load: --sni. It is in TLS
                     alone: the host header is that of the URL, or of -H
  --source-address   curl: --interface; h2load: none. May be repeated
  -r RATE            h2load: connections a second, here --spawn-rate
  --rate-period, -D  h2load: none, -z
"""
