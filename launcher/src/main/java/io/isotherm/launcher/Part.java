package io.isotherm.launcher;

import io.isotherm.model.PodLayout;

/**
 * A part of the cluster that has chips.
 *
 * @param pod the pod that it is, or is in
 * @param level what it is
 * @param number its number, counted through the pod; 0 for the pod
 */
record Part(PodLayout pod, Level level, int number) {
  enum Level {
    POD,
    CABINET,
    BOARD,
    CHIP
  }

  /** The path by which it is known. */
  String path() {
    return switch (level) {
      case POD -> pod.pod();
      case CABINET -> pod.cabinetPath(number);
      case BOARD -> pod.boardPath(number);
      case CHIP -> pod.chipPath(number);
    };
  }

  /** The first board of it, or the one that it is on, counted through the pod. */
  int firstBoard() {
    return switch (level) {
      case POD -> 0;
      case CABINET -> pod.boardIndex(number, 0);
      case BOARD -> number;
      case CHIP -> pod.boardOfChip(number);
    };
  }

  /** The cabinet that it is, or is in; that of a pod's first board if it is a pod. */
  Part cabinet() {
    return new Part(pod, Level.CABINET, pod.cabinetOfBoard(firstBoard()));
  }

  /** Boards of it; of a chip the one that it is on. */
  int boards() {
    return switch (level) {
      case POD -> pod.boards();
      case CABINET -> pod.boardsPerCabinet();
      case BOARD, CHIP -> 1;
    };
  }

  /** Whether the chip at a position of its board is in it; an agent may say any. */
  boolean hasChip(int position) {
    return position >= 0
        && position < pod.chipsPerBoard()
        && (level != Level.CHIP || number == pod.chipIndex(firstBoard(), position));
  }

  /** Whether a port of the chip at a position of its board is in it; an agent may say any. */
  boolean hasPort(int position, int port) {
    return hasChip(position) && port >= 0 && port < pod.portsPerChip();
  }
}
