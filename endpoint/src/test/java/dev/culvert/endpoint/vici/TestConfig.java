package dev.culvert.endpoint.vici;

/** A configuration for tests of the control socket and the command line. */
public final class TestConfig {
    /** Two connections, one of them with children of each kind. */
    public static final String TEXT =
            """
            connections {
                gw {
                    local_addrs = 198.51.100.1
                    remote_addrs = 198.51.100.2, gw.example.org
                    dpd_delay = 30s
                    local {
                        auth = psk
                        id = moon
                    }
                    remote {
                        auth = psk
                        id = sun
                    }
                    children {
                        net {
                            local_ts = 10.1.0.0/16
                            remote_ts = 10.2.0.0/16, 2001:db8:2::/64
                            start_action = trap
                        }
                        plain {
                            local_ts = 10.1.0.0/16[tcp/80]
                            remote_ts = 10.3.0.1-10.3.0.9
                        }
                        printer {
                            remote_ts = 10.2.0.7/32
                            mode = pass
                            start_action = trap
                        }
                    }
                }
                road {
                    local {
                        auth = psk
                    }
                    remote {
                        auth = psk
                        id = *.example.org
                    }
                    children {
                        all {
                            local_ts = 0.0.0.0/0
                            rekey_time = 0
                        }
                    }
                }
            }
            secrets {
                ike {
                    secret = "of a test"
                }
            }
            """;

    private TestConfig() {}
}
