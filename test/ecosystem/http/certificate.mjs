// The same as in test/fixtures/http/.

/** A key and a certificate for localhost, signed by itself: its own `ca`. Of no use to anybody else. */
export const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgvWiy3bfwjOGUjnBs
sX0NBcMO36LDMlmlntEBjkguOpyhRANCAATGt83NfYkuoYNs+WlXrLQXhatxkse9
Xiw+GMruTUntvGW6MnjpKMRooy3ZoB36F7IFTCwUwbN6FBd9DVkv2i4Y
-----END PRIVATE KEY-----`;
export const cert = `-----BEGIN CERTIFICATE-----
MIIBTjCB9qADAgECAgEBMAoGCCqGSM49BAMCMBQxEjAQBgNVBAMMCWxvY2FsaG9z
dDAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowFDESMBAGA1UEAwwJ
bG9jYWxob3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAExrfNzX2JLqGDbPlp
V6y0F4WrcZLHvV4sPhjK7k1J7bxlujJ46SjEaKMt2aAd+heyBUwsFMGzehQXfQ1Z
L9ouGKM3MDUwFAYDVR0RBA0wC4IJbG9jYWxob3N0MB0GA1UdDgQWBBR1Z8wnuXzd
QkEvM9PBUUkWiTZKzjAKBggqhkjOPQQDAgNHADBEAiBR2vOyywBkERosAPp+WuMW
85C63z+zBexGlSC2EKnApgIgJfOASrQP94E/mnCrugm/8GeHTvhjcX9DSpc6TPWR
qg0=
-----END CERTIFICATE-----`;
