package dev.culvert.bench.e2e.peer;

import dev.culvert.bench.e2e.lab.Commands;
import dev.culvert.bench.e2e.lab.Host;
import dev.culvert.bench.e2e.lab.Network;
import dev.culvert.bench.e2e.lab.Side;
import dev.culvert.bench.e2e.lab.Task;
import dev.culvert.bench.e2e.lab.Waiting;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** strongSwan with ESP in user space: its plugin kernel-libipsec, which has no ESN. */
public record StrongSwan() implements Peer {
    private static final String PLUGIN = "/usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so";
    private static final int MARK = 0x42;

    @Override
    public String name() {
        return "strongswan";
    }

    @Override
    public String description() {
        return "strongSwan kernel-libipsec, AES-128-GCM, no ESN";
    }

    @Override
    public Optional<String> missing() {
        boolean there =
                Commands.find("charon-systemd").isPresent()
                        && Commands.find("swanctl").isPresent()
                        && java.nio.file.Files.exists(Path.of(PLUGIN));
        return there
                ? Optional.empty()
                : Optional.of(
                        "strongSwan: apt-get install charon-systemd strongswan-swanctl"
                                + " libcharon-extra-plugins libstrongswan-standard-plugins, or"
                                + " --install");
    }

    @Override
    public String version() {
        return Commands.run("dpkg-query", "-W", "-f", "${Version}", "charon-systemd");
    }

    @Override
    public boolean isRival() {
        return true;
    }

    @Override
    public List<Task> start(Network network) {
        List<Task> tasks = new ArrayList<>();
        for (Host host : network.hosts()) {
            Path file = Files.write(host, "strongswan.conf", settings(host));
            Task task =
                    host.start(
                            "charon",
                            Map.of("STRONGSWAN_CONF", file.toString()),
                            List.of("charon-systemd"));
            tasks.add(task);
            Waiting.until(
                    () -> swanctl(host, "--stats").succeeded(),
                    20,
                    () -> "strongSwan does not answer: " + task.output());
            String connections =
                    Files.write(host, "swanctl.conf", connections(host.side())).toString();
            orThrow(swanctl(host, "--load-creds", "--file", connections));
            orThrow(swanctl(host, "--load-conns", "--file", connections));
        }
        orThrow(swanctl(network.host(Side.LEFT), "--initiate", "--child", "net"));
        return tasks;
    }

    private static Commands.Outcome swanctl(Host host, String command, String... options) {
        List<String> words = new ArrayList<>(List.of("swanctl", command));
        words.add("--uri");
        words.add("unix://" + host.directory().resolve("charon.vici"));
        words.addAll(List.of(options));
        return host.tryRun(words.toArray(new String[0]));
    }

    private static void orThrow(Commands.Outcome outcome) {
        if (!outcome.succeeded()) {
            throw new dev.culvert.bench.e2e.lab.BenchException("swanctl: " + outcome.output());
        }
    }

    /** kernel-libipsec must come before kernel-netlink, or the kernel's IPsec is used. */
    private static String settings(Host host) {
        return """
        charon-systemd {
          load = random drbg nonce pem pkcs1 pubkey openssl aes sha1 sha2 hmac kdf gcm curve25519 kernel-libipsec kernel-netlink socket-default vici
          plugins {
            vici {
              socket = unix://%s
            }
            kernel-libipsec {
              allow_peer_ts = yes
            }
            kernel-netlink {
              fwmark = !%d
            }
            socket-default {
              fwmark = %d
            }
          }
          journal {
            default = -1
          }
          filelog {
            file {
              path = %s
              default = 1
            }
          }
        }
        """
                .formatted(
                        host.directory().resolve("charon.vici"),
                        MARK,
                        MARK,
                        host.directory().resolve("charon-file.log"));
    }

    private static String connections(Side side) {
        return """
        connections {
            bench {
                version = 2
                local_addrs = %s
                remote_addrs = %s
                proposals = aes128gcm16-prfsha256-x25519
                local {
                    auth = psk
                }
                remote {
                    auth = psk
                }
                children {
                    net {
                        local_ts = %s
                        remote_ts = %s
                        esp_proposals = aes128gcm16
                        replay_window = 1024
                    }
                }
            }
        }
        secrets {
            ike-bench {
                secret = "the bench's secret is no secret"
            }
        }
        """
                .formatted(
                        side.outer(),
                        side.other().outer(),
                        side.innerNetwork(),
                        side.other().innerNetwork());
    }
}
