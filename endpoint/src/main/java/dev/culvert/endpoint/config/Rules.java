package dev.culvert.endpoint.config;

import dev.culvert.esp.Offload;
import java.util.Arrays;

/**
 * Every key of swanctl.conf, as strongSwan 6 has them, and those of the section {@code culvert},
 * which is this project's own. docs/configuration.md describes them all; a test compares.
 */
final class Rules {
    private static final String CERTIFICATES = "certificates and public keys are";
    private static final String EAP = "EAP and XAuth are";
    private static final String MARKS = "marks and XFRM interface IDs are";

    private Rules() {}

    static final SectionRules ROOT =
            new SectionRules.Builder("the file")
                    .sections("connections", "secrets", "culvert", "pools", "authorities")
                    .build();

    static final SectionRules CONNECTION =
            new SectionRules.Builder("a connection")
                    .only("version", "IKEv1 is", "0", "2")
                    .keys(
                            "local_addrs",
                            "remote_addrs",
                            "local_port",
                            "remote_port",
                            "proposals",
                            "dscp",
                            "fragmentation",
                            "childless",
                            "dpd_delay",
                            "dpd_timeout",
                            "keyingtries",
                            "unique",
                            "reauth_time",
                            "rekey_time",
                            "over_time",
                            "rand_time",
                            "vips",
                            "pools",
                            "mobike")
                    .only("encap", "ESP without UDP is", "yes")
                    .only("aggressive", "IKEv1 is", "no")
                    .only("pull", "push mode is", "yes")
                    .only("send_certreq", CERTIFICATES, "yes", "no")
                    .only("send_cert", CERTIFICATES, "ifasked", "never")
                    .only("ocsp", CERTIFICATES, "reply", "never")
                    .only("ppk_required", "post-quantum pre-shared keys are", "no")
                    .notYet("post-quantum pre-shared keys are", "ppk_id")
                    .only("if_id_in", MARKS, "0")
                    .only("if_id_out", MARKS, "0")
                    .only("mediation", "mediation is", "no")
                    .notYet("mediation is", "mediated_by", "mediation_peer")
                    .sections("local*", "remote*", "children")
                    .build();

    static final SectionRules LOCAL =
            new SectionRules.Builder("a local authentication round")
                    .keys("round", "auth", "id")
                    .notYet(CERTIFICATES, "certs", "pubkeys")
                    .notYet(EAP, "eap_id", "aaa_id", "xauth_id")
                    .sectionNotYet(CERTIFICATES, "cert*")
                    .build();

    static final SectionRules REMOTE =
            new SectionRules.Builder("a remote authentication round")
                    .keys("round", "auth", "id")
                    .notYet(
                            CERTIFICATES,
                            "certs",
                            "cacerts",
                            "ca_id",
                            "pubkeys",
                            "cert_policy",
                            "groups")
                    .only("revocation", CERTIFICATES, "relaxed")
                    .notYet(EAP, "eap_id")
                    .sectionNotYet(CERTIFICATES, "cert*", "cacert*")
                    .build();

    static final SectionRules CHILD =
            new SectionRules.Builder("a child")
                    .notYet("AH is", "ah_proposals")
                    .keys(
                            "esp_proposals",
                            "local_ts",
                            "remote_ts",
                            "rekey_time",
                            "life_time",
                            "rand_time",
                            "rekey_bytes",
                            "life_bytes",
                            "rand_bytes",
                            "rekey_packets",
                            "life_packets",
                            "rand_packets",
                            "mode",
                            "dpd_action",
                            "inactivity",
                            "reqid",
                            "priority",
                            "tfc_padding",
                            "replay_window",
                            "copy_df",
                            "copy_ecn",
                            "copy_dscp",
                            "start_action",
                            "close_action",
                            "updown",
                            "hostaccess")
                    .only("sha256_96", "truncation of HMAC-SHA-256 to 96 bits is", "no")
                    .only("policies", "children without policies are", "yes")
                    .only("policies_fwd_out", "forward policies are", "no")
                    .only("ipcomp", "IPComp is", "no")
                    .notYet("restricting policies to an interface is", "interface")
                    .only("mark_in", MARKS, "0", "0/0x00000000")
                    .only("mark_in_sa", MARKS, "no")
                    .only("mark_out", MARKS, "0", "0/0x00000000")
                    .only("set_mark_in", MARKS, "0", "0/0x00000000")
                    .only("set_mark_out", MARKS, "0", "0/0x00000000")
                    .only("if_id_in", MARKS, "0")
                    .only("if_id_out", MARKS, "0")
                    .notYet("security labels are", "label")
                    .only("label_mode", "security labels are", "system")
                    .only("hw_offload", "offload to hardware is", "no", "auto")
                    .only("per_cpu_sas", "an SA for each CPU is", "no")
                    .build();

    static final SectionRules SECRETS =
            new SectionRules.Builder("the secrets")
                    .sections("ike*")
                    .sectionNotYet("secrets for EAP, XAuth and NTLM are", "eap*", "xauth*", "ntlm*")
                    .sectionNotYet("post-quantum pre-shared keys are", "ppk*")
                    .sectionNotYet(
                            "private keys are",
                            "private*",
                            "rsa*",
                            "ecdsa*",
                            "pkcs8*",
                            "pkcs12*",
                            "token*")
                    .build();

    static final SectionRules IKE_SECRET =
            new SectionRules.Builder("a pre-shared key").keys("secret", "id*").build();

    static final SectionRules POOL =
            new SectionRules.Builder("a pool")
                    .keys("addrs")
                    .keys(PoolParser.attributeKeys().toArray(String[]::new))
                    .build();

    static final SectionRules AUTHORITIES =
            new SectionRules.Builder("the authorities").sectionNotYet(CERTIFICATES, "*").build();

    static final SectionRules CULVERT =
            new SectionRules.Builder("the daemon's settings")
                    .keys(
                            "listen",
                            "port",
                            "port_nat_t",
                            "receive_buffer",
                            "send_buffer",
                            "engine",
                            "ipsec_mb_library",
                            "agents",
                            "workers",
                            "replay_window",
                            "mss_clamp",
                            "keep_alive",
                            "fragment_size",
                            "follow_redirects",
                            "session_resumption",
                            "ticket_lifetime",
                            "return_routability",
                            "install_routes",
                            "routing_table",
                            "routing_table_prio",
                            "fwmark",
                            "lease_file",
                            "dns",
                            "key_log",
                            "crash_secret")
                    .sections("tun", "offload", "limits", "retransmit", "redirect", "vici", "log")
                    .called("cookie_threshold", "limits { cookie_threshold }")
                    .called("block_threshold", "limits { half_open_per_source }")
                    .called("max_packet", "limits { fragment_bytes }")
                    .called("init_limit_half_open", "limits { half_open }")
                    .called("half_open_timeout", "limits { half_open_timeout }")
                    .called("ikesa_limit", "limits { ike_sas }")
                    .called("retransmit_timeout", "retransmit { timeout }")
                    .called("retransmit_base", "retransmit { base }")
                    .called("retransmit_tries", "retransmit { tries }")
                    .called("retransmit_jitter", "retransmit { jitter }")
                    .called("retransmit_limit", "retransmit { limit }")
                    .build();

    static final SectionRules TUN =
            new SectionRules.Builder("the TUN interface").keys("name", "mtu", "addrs").build();

    static final SectionRules OFFLOAD =
            new SectionRules.Builder("the offloads")
                    .keys(Arrays.stream(Offload.values()).map(Offload::key).toArray(String[]::new))
                    .build();

    static final SectionRules LIMITS =
            new SectionRules.Builder("the limits")
                    .keys(
                            "half_open",
                            "half_open_per_source",
                            "half_open_timeout",
                            "cookie_threshold",
                            "ike_sas",
                            "key_exchanges",
                            "tickets",
                            "puzzle_threshold",
                            "puzzle_difficulty",
                            "puzzle_difficulty_max",
                            "fragments",
                            "fragment_bytes",
                            "fragment_timeout",
                            "acquire_packets")
                    .build();

    static final SectionRules RETRANSMIT =
            new SectionRules.Builder("retransmission")
                    .keys("timeout", "base", "tries", "jitter", "limit")
                    .build();

    static final SectionRules REDIRECT =
            new SectionRules.Builder("redirects").keys("to", "at", "above").build();

    static final SectionRules VICI =
            new SectionRules.Builder("the control socket").keys("socket").build();

    static final SectionRules LOG =
            new SectionRules.Builder("the log")
                    .keys("default", "timestamps")
                    .keys(
                            Arrays.stream(LogSubsystem.values())
                                    .map(LogSubsystem::key)
                                    .toArray(String[]::new))
                    .build();
}
