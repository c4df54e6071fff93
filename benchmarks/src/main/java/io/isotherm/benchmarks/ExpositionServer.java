package io.isotherm.benchmarks;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.Overrides;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * All boards' exporters in one process, for Prometheus to scrape: {@code /boards/NUMBER}. The
 * values stand still until {@code /go} is asked for, and then move every second.
 */
final class ExpositionServer {
  private final ChipExposition exposition;
  private volatile byte[][] texts;
  private final AtomicLong served = new AtomicLong();

  private ExpositionServer(ChipExposition exposition) {
    this.exposition = exposition;
    texts = texts();
  }

  /** Arguments: topology file, cabinets a pod. Writes its address, and serves until killed. */
  public static void main(String[] args) throws IOException {
    // Otherwise it keeps no more than 200 connections, and waits for acknowledgements.
    System.setProperty("sun.net.httpserver.maxIdleConnections", "100000");
    System.setProperty("sun.net.httpserver.idleInterval", "600");
    System.setProperty("sun.net.httpserver.nodelay", "true");
    ExpositionServer server =
        new ExpositionServer(
            ChipExposition.warmed(
                Catalog.bundled()
                    .planFromFile(
                        Path.of(args[0]), new Overrides(null, null, Integer.valueOf(args[1])))));
    HttpServer http =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 4_096);
    var clock = Executors.newSingleThreadScheduledExecutor();
    http.setExecutor(Executors.newFixedThreadPool(4));
    http.createContext("/boards/", server::board);
    http.createContext(
        "/served", exchange -> answer(exchange, String.valueOf(server.served.get())));
    http.createContext(
        "/go",
        exchange -> {
          var unused = clock.scheduleAtFixedRate(server::step, 0, 1, TimeUnit.SECONDS);
          answer(exchange, "going");
        });
    http.start();
    System.out.println("127.0.0.1:" + http.getAddress().getPort());
  }

  private void step() {
    exposition.step();
    texts = texts();
  }

  private byte[][] texts() {
    byte[][] all = new byte[exposition.boards()][];
    for (int b = 0; b < all.length; b++) {
      all[b] = exposition.text(b);
    }
    return all;
  }

  private void board(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    answer(exchange, texts[Integer.parseInt(path.substring(path.lastIndexOf('/') + 1))]);
    served.addAndGet(exposition.chipsPerBoard());
  }

  private static void answer(HttpExchange exchange, String text) throws IOException {
    answer(exchange, text.getBytes(StandardCharsets.US_ASCII));
  }

  private static void answer(HttpExchange exchange, byte[] text) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
    exchange.sendResponseHeaders(200, text.length);
    exchange.getResponseBody().write(text);
    exchange.close();
  }
}
