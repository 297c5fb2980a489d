package dev.culvert.endpoint.real.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Debian's strongSwan with its user-space ESP (kernel-libipsec). Several run on one machine: each
 * has its namespace, its strongswan.conf (named by {@code STRONGSWAN_CONF}), and its vici socket;
 * and {@code charon-systemd} writes no process file.
 *
 * <p>What to know about version 5.9.8:
 *
 * <ul>
 *   <li>kernel-libipsec parks several threads for good. With 8 threads in all ({@code
 *       charon.threads}) none is left to answer vici, and {@code swanctl} hangs; the default, 16,
 *       is enough.
 *   <li>The plugin must come before kernel-netlink in the load list, or the kernel's IPsec is used.
 *       Group 19 to 21 and AES-GCM are in Debian's libstrongswan-standard-plugins (openssl, gcm),
 *       ChaCha20-Poly1305 in openssl or libstrongswan-extra-plugins.
 *   <li>All our ESP suites work with it. ESN does not: a proposal that offers only ESN, or that
 *       names {@code esn} first, is accepted in negotiation and then fails with "ESN not
 *       supported", which the peer sees as NO_PROPOSAL_CHOSEN. A second proposal without ESN helps
 *       as a responder only if its own configuration lacks {@code esn}.
 *   <li>It only knows ESP in UDP, so it always pretends to be behind a NAT and uses port 4500.
 *   <li>With {@code unique = replace}, a second IKE SA from the same address looks like a
 *       re-authentication to it: the first one is only deleted after 10 s, and {@code keep} keeps
 *       both. As the initiator it sends INITIAL_CONTACT unless {@code unique = never}.
 *   <li>As the initiator it uses an IKE SA that is up for another connection too, when the two have
 *       nothing different but their names and children; and it refuses a child that duplicates one.
 *   <li>The first packet that meets a trap policy is lost.
 *   <li>Its TUN device is {@code ipsec0}, MTU 1400, and its routes are in table 220. With {@code
 *       allow_peer_ts} and a mark on its sockets, remote selectors may cover the peer itself.
 *   <li>It reauthenticates by breaking first unless {@code charon.make_before_break} is set. As the
 *       responder of a reauthentication it sends on the new child before the initiator can have
 *       read its response, so that a packet may be lost there. A virtual address stays the same
 *       either way.
 *   <li>A responder's {@code reauth_time} becomes AUTH_LIFETIME, and as the initiator it heeds the
 *       peer's, less its own {@code over_time}.
 *   <li>It follows redirects in IKE_SA_INIT and on an IKE SA that is up ({@code
 *       charon.follow_redirects}); in IKE_AUTH it logs "redirected to", begins there, and crashes.
 *       It sends them with {@code swanctl --redirect} only, on an IKE SA that is up.
 *   <li>It knows {@code childless} in both roles, without {@code prefer}, but no session
 *       resumption, no quick crash detection and no puzzles.
 *   <li>{@code swanctl} wants the command first and {@code --uri} after it.
 * </ul>
 */
public final class StrongSwan implements Peer {

    private static final String PLUGINS =
            "random drbg nonce pem pkcs1 pubkey x509 openssl aes sha1 sha2 hmac kdf gmp curve25519 gcm"
                    + " chapoly ctr ccm cmac xcbc kernel-libipsec kernel-netlink socket-default vici"
                    + " updown counters";
    private static final int MARK = 0x42;

    private final Site site;
    private final Path directory;
    private final Map<String, String> settings = new LinkedHashMap<>();
    private List<Background> runs = List.of();

    /** A daemon that is not started yet; its files are in {@code directory}. */
    StrongSwan(Site site, Path directory) {
        this.site = site;
        this.directory = directory;
    }

    /** Sets an entry of strongswan.conf's charon section, for the next start. */
    public StrongSwan setting(String key, String value) {
        settings.put(key, value);
        return this;
    }

    @Override
    public String kind() {
        return "strongSwan";
    }

    @Override
    public Site site() {
        return site;
    }

    @Override
    public void retransmitSoon() {
        setting("retransmit_timeout", "0.5");
    }

    @Override
    public void start(List<Tunnel> tunnels) {
        startWithText(Tunnel.file(tunnels));
    }

    /** Starts it with a swanctl.conf of this content. */
    public void startWithText(String configuration) {
        write("strongswan.conf", strongswanConf());
        Background daemon =
                site.namespace()
                        .start(
                                directory.resolve("output.log"),
                                Map.of(
                                        "STRONGSWAN_CONF",
                                        directory.resolve("strongswan.conf").toString()),
                                "charon-systemd");
        runs = List.of(daemon);
        Await.until(
                () -> "strongSwan answers; it logged\n" + log(),
                Duration.ofSeconds(20),
                () -> swanctl("--stats").succeeded());
        loadText(configuration);
    }

    /** Replaces its connections; SAs that are up stay. */
    public void load(List<Tunnel> tunnels) {
        loadText(Tunnel.file(tunnels));
    }

    private void loadText(String configuration) {
        write("swanctl.conf", configuration);
        String file = directory.resolve("swanctl.conf").toString();
        swanctl("--load-creds", "--clear", "--file", file).orThrow();
        if (configuration.contains("pools {")) {
            swanctl("--load-pools", "--file", file).orThrow();
        }
        swanctl("--load-conns", "--file", file).orThrow();
    }

    /** As {@link #load(List)}. */
    public void load(Tunnel... tunnels) {
        load(List.of(tunnels));
    }

    @Override
    public CommandResult swanctl(String... words) {
        return Swanctl.run(site.namespace(), socket(), words);
    }

    @Override
    public int stop() {
        Background daemon = runs.getFirst();
        daemon.signal("TERM");
        return daemon.awaitExit(Duration.ofSeconds(15))
                .orElseThrow(() -> new AssertionError("strongSwan does not end:\n" + log()));
    }

    @Override
    public void kill() {
        runs.getFirst().kill();
    }

    @Override
    public String log() {
        try {
            return Commands.text(directory.resolve("charon.log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String diagnostics() {
        return "---- strongSwan at "
                + site.role()
                + "\n"
                + swanctl("--list-sas").output()
                + swanctl("--list-conns").output()
                + log();
    }

    private Path socket() {
        return directory.resolve("charon.vici");
    }

    private void write(String name, String text) {
        try {
            Files.createDirectories(directory);
            Files.writeString(directory.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String strongswanConf() {
        StringBuilder extra = new StringBuilder();
        settings.forEach((key, value) -> extra.append("  " + key + " = " + value + "\n"));
        return """
        charon-systemd {
          load = %s
        %s  plugins {
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
          filelog {
            file {
              path = %s
              append = yes
              flush_line = yes
              time_format = %%H:%%M:%%S
              default = 1
              cfg = 2
              chd = 2
            }
          }
        }
        """
                .formatted(PLUGINS, extra, socket(), MARK, MARK, directory.resolve("charon.log"));
    }

    @Override
    public String toString() {
        return kind() + " at " + site.role();
    }
}
