package dev.culvert.endpoint.real.net;

import java.time.Duration;
import java.util.List;

/** A daemon that speaks IKE at a {@link Site}. */
public interface Peer {

    /** Which program it is. */
    String kind();

    /** Where it runs. */
    Site site();

    /** Lets it send requests again after half a second, from the next start on. */
    void retransmitSoon();

    /** Starts it with these connections, and returns when it answers. */
    void start(List<Tunnel> tunnels);

    /** As {@link #start(List)}. */
    default void start(Tunnel... tunnels) {
        start(List.of(tunnels));
    }

    /**
     * Runs the stock {@code swanctl} against it.
     *
     * @param words the command and its options
     */
    CommandResult swanctl(String... words);

    /** Sets up a child of a connection, and the connection when it is down; waits for the end. */
    default CommandResult up(String connection, String child) {
        return swanctl("--initiate", "--ike", connection, "--child", child, "--timeout", "30");
    }

    /** Deletes a connection at both ends. */
    default CommandResult down(String connection) {
        return swanctl("--terminate", "--ike", connection, "--timeout", "10");
    }

    /** Deletes one child at both ends. */
    default CommandResult downChild(String connection, String child) {
        return swanctl("--terminate", "--ike", connection, "--child", child, "--timeout", "10");
    }

    /** The IKE SAs that it has now. */
    default List<SaView> sas() {
        return SaView.parse(swanctl("--list-sas", "--raw").orThrow().stdout());
    }

    /** Ends it as an operator would, and returns the exit code. */
    int stop();

    /** Ends it without giving it a chance to tell anyone. */
    void kill();

    /** What it logged since the first start. */
    String log();

    /** Its state and its log, for the report of a failed test. */
    String diagnostics();

    /** The only SA of a connection; fails when there is none or several. */
    default SaView sa(String connection) {
        List<SaView> found =
                sas().stream().filter(sa -> sa.connection().equals(connection)).toList();
        if (found.size() != 1) {
            throw new AssertionError(
                    "one IKE SA of " + connection + " expected at " + this + ", found " + found);
        }
        return found.getFirst();
    }

    /** Waits until this many children are installed in all. */
    default void awaitChildren(int count, Duration limit) {
        Await.until(
                () -> count + " children installed at " + this + ", there are " + sas(),
                limit,
                () -> installedChildren() == count);
    }

    /** How many children are installed in all. */
    default long installedChildren() {
        return sas().stream()
                .flatMap(sa -> sa.children().stream())
                .filter(SaView.ChildView::isInstalled)
                .count();
    }

    /** Waits until there are this many IKE SAs. */
    default void awaitIkeSas(int count, Duration limit) {
        Await.until(
                () -> count + " IKE SAs at " + this + ", there are " + sas(),
                limit,
                () -> sas().size() == count);
    }

    /** Waits until the log contains a text. */
    default void awaitLog(String text, Duration limit) {
        Await.until(
                () -> "'" + text + "' in the log of " + this, limit, () -> log().contains(text));
    }
}
