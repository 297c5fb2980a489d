package dev.culvert.endpoint.vici;

import dev.culvert.ike.EngineEvent;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers vici clients on a Unix domain socket. Each client has a virtual thread that reads its
 * requests and answers them in order, and one that writes; a slow client holds up nobody else.
 */
public final class ViciServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.vici");
    private static final int MOST_CLIENTS = 64;

    private final ServerSocketChannel listener;
    private final SocketFile file;
    private final DaemonControl daemon;
    private final ViciCommands commands;
    private final DaemonControl.Subscription subscription;
    private final Set<ViciSession> sessions = ConcurrentHashMap.newKeySet();

    private ViciServer(ServerSocketChannel listener, SocketFile file, DaemonControl daemon) {
        this.listener = listener;
        this.file = file;
        this.daemon = daemon;
        this.commands = new ViciCommands(daemon);
        this.subscription = daemon.subscribe(this::publish);
    }

    /**
     * Listens on a socket that only this user may use.
     *
     * @param socket where to; a stale socket is replaced, missing directories are made
     * @param daemon carries out what clients want
     * @throws IOException when another process listens there, or the file cannot be made; the
     *     message says what to do
     */
    public static ViciServer open(Path socket, DaemonControl daemon) throws IOException {
        SocketFile file = SocketFile.claim(socket);
        try {
            ServerSocketChannel listener = file.bind();
            ViciServer server = new ViciServer(listener, file, daemon);
            Thread.ofVirtual().name("vici-accept").start(server::accept);
            return server;
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    /** The socket clients connect to. */
    public Path socket() {
        return file.path();
    }

    /** Ends all connections and removes the socket. */
    @Override
    public void close() {
        subscription.close();
        try {
            listener.close();
        } catch (IOException e) {
            LOG.debug("closing the control socket: {}", e.getMessage());
        }
        sessions.forEach(ViciSession::close);
        file.close();
    }

    private void accept() {
        while (listener.isOpen()) {
            try {
                serve(listener.accept());
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                LOG.warn("the control socket accepts no client: {}", e.getMessage());
                pause();
            }
        }
    }

    private void serve(SocketChannel socket) throws IOException {
        if (sessions.size() >= MOST_CLIENTS) {
            LOG.warn("more than {} clients at the control socket; one was refused", MOST_CLIENTS);
            socket.close();
            return;
        }
        ViciSession session = new ViciSession(new ViciChannel(socket), commands, sessions::remove);
        sessions.add(session);
        session.start();
    }

    /**
     * On the engine's thread: only looks whether anybody listens, and leaves the rest to theirs.
     */
    private void publish(EngineEvent event) {
        for (ViciSession session : sessions) {
            if (session.listensToEvents()) {
                session.offer(() -> EventReport.events(event, daemon.status()));
            }
        }
    }

    /** So that a lasting failure, such as too many open files, does not take a whole CPU. */
    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
