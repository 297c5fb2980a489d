package dev.culvert.endpoint.real.net;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the real ring needs of this machine. */
final class Requirements {

    /** A file, and the Debian package that brings it. */
    private static final Map<String, String> FILES =
            new TreeMap<>(
                    Map.ofEntries(
                            Map.entry("/usr/sbin/charon-systemd", "charon-systemd"),
                            Map.entry("/usr/sbin/swanctl", "strongswan-swanctl"),
                            Map.entry(
                                    "/usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so",
                                    "libcharon-extra-plugins"),
                            Map.entry(
                                    "/usr/lib/ipsec/plugins/libstrongswan-chapoly.so",
                                    "libstrongswan-extra-plugins"),
                            Map.entry(
                                    "/usr/lib/ipsec/plugins/libstrongswan-openssl.so",
                                    "libstrongswan-standard-plugins"),
                            Map.entry("/usr/sbin/nft", "nftables"),
                            Map.entry("/usr/bin/tcpdump", "tcpdump"),
                            Map.entry("/usr/bin/tshark", "tshark"),
                            Map.entry("/usr/bin/ping", "iputils-ping"),
                            Map.entry("/usr/lib/python3/dist-packages/scapy", "python3-scapy")));

    private Requirements() {}

    /** What is missing, each with what to do; empty when nothing is. */
    static List<String> missing() {
        List<String> missing = new ArrayList<>();
        if (!"root".equals(System.getProperty("user.name"))) {
            missing.add("not root: network namespaces need it");
        }
        if (!Files.exists(Path.of("/dev/net/tun"))) {
            missing.add("no /dev/net/tun: load the kernel module tun, or pass the device in");
        }
        List<String> packages = new ArrayList<>();
        FILES.forEach((file, name) -> {
            if (!Files.exists(Path.of(file)) && !packages.contains(name)) {
                packages.add(name);
            }
        });
        if (!packages.isEmpty()) {
            missing.add("missing: apt-get install " + String.join(" ", packages));
        }
        return missing;
    }
}
