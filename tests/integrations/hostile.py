"""Addresses and URLs that must never be reached, as data: special ranges, disguises, parser tricks."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FORBIDDEN_V4 = _words(
    "0.0.0.0 0.0.0.1 0.255.255.255 10.0.0.0 10.0.0.1 10.255.255.255 100.64.0.0 100.64.0.1 100.100.100.200 "
    "100.127.255.255 127.0.0.0 127.0.0.1 127.0.0.53 127.1.1.1 127.255.255.255 168.63.129.16 169.254.0.1 "
    "169.254.169.253 169.254.169.254 169.254.170.2 169.254.255.255 172.16.0.1 172.17.0.1 172.20.10.1 172.31.255.255 "
    "192.0.0.1 192.0.0.8 192.0.0.170 192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.1 "
    "192.168.1.1 192.168.255.255 192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 "
    "224.0.0.251 239.255.255.250 239.255.255.255 240.0.0.1 254.255.255.255 255.255.255.254 255.255.255.255"
)

FORBIDDEN_V6 = _words(
    ":: ::1 ::2 ::127.0.0.1 ::7f00:1 ::10.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.1.2.3 "
    "::ffff:169.254.169.254 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 ::ffff:0:10.0.0.1 64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 "
    "64:ff9b::a9fe:a9fe 64:ff9b::8.8.8.8 64:ff9b:1::1 64:ff9b:1:7f00:1:: 100::1 100:0:0:1::1 2001::1 "
    "2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:1::1 2001:2::1 2001:3::1 2001:4:112::1 2001:10::1 2001:20::1 2001:30::1 "
    "2001:1ff:ffff::1 2001:db8::1 2001:db8:ffff::1 2002::1 2002:7f00:1::1 2002:a00:1::1 2002:a9fe:a9fe:: "
    "2002:808:808::1 2620:4f:8000::1 3ffe::1 3fff::1 3fff:fff::1 5f00::1 fc00::1 fd00::1 fd00:ec2::254 fd20:ce::254 "
    "fdff:ffff::1 fe80::1 fe80::a9fe:a9fe febf::1 fec0::1 feff::1 ff00::1 ff01::1 ff02::1 ff02::fb ff05::2 ff0e::1 "
    "1::1 200::1 400::1 800::1 1000::1 4000::1 6000::1 8000::1 a000::1 c000::1 e000::1 f000::1 f800::1 fe00::1 "
    "fe80::1%eth0 fe80::1%1 2606:4700::1111%eth0"
)

NOT_ADDRESSES = (
    "",
    " ",
    "localhost",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.0.0.1 ",
    " 127.0.0.1",
    "127.0.0.1\n",
    "127.0.0.01",
    "\uff11\uff12\uff17.0.0.1",
    "8.8.8.8/32",
    "[::1]",
    "::1]",
    "8.8.8.8:443",
    "1.2.3",
    "256.1.1.1",
    "::ffff:1.2.3.4.5",
    "\u0661\u0662\u0667.0.0.1",
)

PUBLIC = _words(
    "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 93.184.216.34 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 "
    "169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 192.169.0.0 198.17.255.255 "
    "198.20.0.0 223.255.255.255 2001:200::1 2001:4860:4860::8888 2003::1 2606:4700:4700::1111 2620:fe::fe 2a00:1450::1"
)

# Hosts that some parser or resolver reads as an address or a local name; each is tried as https://<host>/hook.
DISGUISED_HOSTS = (
    # IPv4 as inet_aton reads it.
    *("127.0.0.1", "127.1", "127.0.1", "127.0.0.1.", "2130706433", "2130706433.", "0x7f000001", "0x7F000001", "0x7f.1"),
    *("0x7f.0x0.0x0.0x1", "0X7F.0.0.1", "0177.0.0.1", "0177.1", "017700000001", "00000177.0.0.1", "0x0000007f.1"),
    *("127.0x1", "127.0.0x1", "127.00.00.01", "127.0.0.0x1.", "0", "0.", "0x", "0x0", "00", "0.0", "0.0.0.0", "1.2.3"),
    *("3232235777", "0xc0a80101", "0300.0250.1.1", "192.168.257", "10.1", "10.0.1", "167772161", "0xa000001", "012.1"),
    *("169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "169.16689662"),
    *("0xa9.0xfe.0xa9.0xfe", "0xa9.254.0251.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "8.8.8.8"),
    *(
        "4294967295",
        "4294967296",
        "99999999999999999999",
        "256.256.256.256",
        "1.2.3.4.5",
        "127.0.0.1.5",
        "a.1",
        "x.0x1",
    ),
    # The same behind compatibility characters: full width, circled, superscript, mathematical, ideographic stops.
    *("\uff11\uff12\uff17.0.0.1", "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460", "\u00b9\u00b2\u2077.0.0.1"),
    *("\U0001d7cf\U0001d7d0\U0001d7d5.0.0.1", "127\u30020\u30020\u30021", "127\uff0e0\uff0e0\uff0e1", "127\uff610.0.1"),
    *("0\uff58\uff17\uff46.1", "\uff10\u00d77f.1", "\u0661\u0662\u0667.0.0.1", "\u0967\u0968\u096d.0.0.1"),
    *("\u2488\u2488\u2488\u2460", "127\u20240\u20240\u20241", "\u2074.4", "1\u2044.2", "\U0001f101.1"),
    # IPv6, plain, zoned and broken.
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[fe80::1]"),
    *("[fe80::1%25eth0]", "[fe80::1%eth0]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fd00:ec2::254]", "[ff02::1]"),
    *("[2606:4700::1111]", "[v1.fe80::a]", "[::1", "::1]", "::1", "[]", "[127.0.0.1]", "[::1]x", "x[::1]", "[[::1]]"),
    *("[::1].example.com", "[::\uff11]", "[::1%25]"),
    # Local and special-use names.
    *("localhost", "LOCALHOST", "localhost.", "LocalHost", "localhost.localdomain", "a.localhost", "a.b.localhost."),
    *("\uff4cocalhost", "loc\u00adalhost", "\u24dbocalhost", "\u2113ocalhost", "localho\u017ft", "localhost\u3002"),
    *(
        "printer.local",
        "PRINTER.LOCAL",
        "metadata.google.internal",
        "metadata",
        "instance-data",
        "vault.corp",
        "nas.lan",
    ),
    *("router.home", "router.home.arpa", "hidden.onion", "x.invalid", "intranet", "kubernetes", "db", "a.intranet"),
    # Escapes, separators, dots, hyphens, control and invisible characters.
    *("%31%32%37.0.0.1", "127%2e0%2e0%2e1", "127.0.0.1%00.example.com", "example.com%00", "example.com%2f@127.0.0.1"),
    *("%6cocalhost", "example%2ecom", ".", "..", ".example.com", "example..com", "example.com..", "-a.example.com"),
    *(
        "a-.example.com",
        "a_b.example.com",
        "exa mple.com",
        "exa\tmple.com",
        "exa\nmple.com",
        "example.com\r",
        "a\0.com",
    ),
    *(
        "exa\u200bmple.com",
        "exa\u200dmple.com",
        "exa\u00admple.com",
        "exa\u202emple.com",
        "\ufeffexample.com",
        "a\u00a0.com",
    ),
    *(
        "stra\u00dfe.example",
        "\u03c2.example",
        "\u1e9e.example",
        "a" * 64 + ".com",
        "a." * 127 + "com",
        "*.example.com",
    ),
    *(
        "exam\ud800ple.com",
        "example.com\u2028",
        "a,b.com",
        "a;b.com",
        "a=b.com",
        "a!b.com",
        "a'b.com",
        '"a".com',
        "<a>.com",
    ),
    *("a|b.com", "a^b.com", "a`b.com", "a{b}.com", "$a.com", "a&b.com", "(a).com", "a+b.com", "~a.com", "a.com%", "%"),
    *(
        "example.com\u2100evil",
        "example.com\uff0fevil",
        "example.com\uff03x.net",
        "example.com\uff1aevil",
        "a\u2048b.com",
    ),
    *("example.com\uff20evil.com", "\ufe68example.com", "example.com\\.evil.com", "example.com\\@evil.com"),
)

# Whole URLs that must be refused.
HOSTILE_URLS = (
    "",
    " ",
    "/",
    "hook",
    "//example.com/hook",
    "https:",
    "https:/",
    "https://",
    "https:///hook",
    "https:example.com",
    "https:/example.com/hook",
    "https://:443/",
    "https://?x",
    "http://example.com/hook",
    "HTTP://example.com/",
    "http://example.com:443/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "file://example.com/etc/passwd",
    "gopher://example.com:70/_x",
    "dict://example.com/",
    "ldap://example.com/",
    "data:text/plain,x",
    "javascript:alert(1)",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/info",
    "ws://example.com/",
    "wss://example.com/",
    "https+x://example.com/",
    "\thttps://example.com/",
    " https://example.com/",
    "https://example.com/ ",
    "ht\ntps://example.com/",
    "https://user@example.com/",
    "https://user:pass@example.com/",
    "https://@example.com/",
    "https://:@example.com/",
    "https://example.com@127.0.0.1/",
    "https://127.0.0.1@example.com/",
    "https://example.com:443@127.0.0.1/",
    "https://127.0.0.1:443@example.com/",
    "https://a@b@example.com/",
    "https://%40example.com/",
    "https://example.com\uff20127.0.0.1/",
    "https://example.com#@127.0.0.1/",
    "https://example.com/#",
    "https://example.com/#x",
    "https://example.com#",
    "https://example.com/a?b#c",
    "https://127.0.0.1#.example.com/",
    "https://example.com:80/",
    "https://example.com:22/",
    "https://example.com:6379/",
    "https://example.com:8443/",
    "https://example.com:0/",
    "https://example.com:65536/",
    "https://example.com:99999999/",
    "https://example.com:-443/",
    "https://example.com:+443/",
    "https://example.com:4 43/",
    "https://example.com:443:80/",
    "https://example.com:x/",
    "https://example.com:\uff14\uff14\uff13/",
    "https://example.com:\u0664\u0664\u0663/",
    "https://example.com\\/hook",
    "https:\\\\example.com/hook",
    "https://example.com/a\\b",
    "https://example.com/\x00",
    "https://example.com/\r\nHost: 127.0.0.1",
    "https://example.com/a b",
    "https://example.com/%",
    "https://example.com/%zz",
    "https://example.com/?q=%2",
    "https://example.com/\ud800",
    "https://example.com/" + "a" * 2_048,
    "https://exa\u200bmple.com/",
    "https://[::1/",
    "https://::1/",
    "https://[example.com]/",
    "https://example.com]/",
)
