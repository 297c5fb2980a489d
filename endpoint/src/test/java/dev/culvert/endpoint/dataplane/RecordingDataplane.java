package dev.culvert.endpoint.dataplane;

import dev.culvert.esp.DataplaneCommand;
import dev.culvert.esp.DataplaneControl;
import dev.culvert.esp.DataplaneEvent;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Takes every command at once, and remembers what happened in which order. */
public final class RecordingDataplane implements DataplaneControl {
    /** Commands, and "ike" or "keepalive" for what was sent. */
    public final List<Object> log = new ArrayList<>();

    /** Whether commands fail. */
    public boolean failing;

    @Override
    public CompletableFuture<Void> submit(DataplaneCommand command) {
        log.add(command);
        return failing
                ? CompletableFuture.failedFuture(new IllegalStateException("refused"))
                : CompletableFuture.completedFuture(null);
    }

    @Override
    public int pollEvents(Consumer<? super DataplaneEvent> handler, int limit) {
        return 0;
    }

    @Override
    public boolean sendIke(
            InetSocketAddress local, InetSocketAddress remote, byte[] message, int dscp) {
        log.add("ike " + remote.getPort() + (dscp == 0 ? "" : " dscp " + dscp));
        return true;
    }

    @Override
    public boolean sendKeepalive(InetSocketAddress local, InetSocketAddress remote) {
        log.add("keepalive " + remote.getPort());
        return true;
    }

    /** The commands of one type, in order. */
    public <T> List<T> commands(Class<T> type) {
        return log.stream().filter(type::isInstance).map(type::cast).toList();
    }
}
