package io.isotherm.benchmarks.peers;

import java.io.IOException;
import java.io.Serializable;
import java.util.function.Supplier;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.CopyableValue;

/**
 * The type of elements that write themselves, between tasks only. Flink's own type for them makes
 * each new object by reflection, once for every element that is read.
 */
final class Elements<T extends CopyableValue<T>> extends TypeInformation<T> {
  private static final long serialVersionUID = 1;

  /** Makes an element for what is read. */
  interface Maker<T> extends Supplier<T>, Serializable {}

  private final Class<T> type;
  private final Maker<T> maker;

  Elements(Class<T> type, Maker<T> maker) {
    this.type = type;
    this.maker = maker;
  }

  @Override
  public boolean isBasicType() {
    return false;
  }

  @Override
  public boolean isTupleType() {
    return false;
  }

  @Override
  public int getArity() {
    return 1;
  }

  @Override
  public int getTotalFields() {
    return 1;
  }

  @Override
  public Class<T> getTypeClass() {
    return type;
  }

  @Override
  public boolean isKeyType() {
    return false;
  }

  @Override
  public TypeSerializer<T> createSerializer(SerializerConfig config) {
    return new Serializer<>(type, maker);
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof Elements;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Elements<?> e && e.type == type;
  }

  @Override
  public int hashCode() {
    return type.hashCode();
  }

  @Override
  public String toString() {
    return type.getSimpleName();
  }

  private static final class Serializer<T extends CopyableValue<T>> extends TypeSerializer<T> {
    private static final long serialVersionUID = 1;

    private final Class<T> type;
    private final Maker<T> maker;

    Serializer(Class<T> type, Maker<T> maker) {
      this.type = type;
      this.maker = maker;
    }

    @Override
    public boolean isImmutableType() {
      return false;
    }

    @Override
    public TypeSerializer<T> duplicate() {
      return this;
    }

    @Override
    public T createInstance() {
      return maker.get();
    }

    @Override
    public T copy(T from) {
      return from.copy();
    }

    @Override
    public T copy(T from, T reuse) {
      from.copyTo(reuse);
      return reuse;
    }

    @Override
    public int getLength() {
      return -1;
    }

    @Override
    public void serialize(T element, DataOutputView target) throws IOException {
      element.write(target);
    }

    @Override
    public T deserialize(DataInputView source) throws IOException {
      return deserialize(maker.get(), source);
    }

    @Override
    public T deserialize(T reuse, DataInputView source) throws IOException {
      reuse.read(source);
      return reuse;
    }

    @Override
    public void copy(DataInputView source, DataOutputView target) throws IOException {
      maker.get().copy(source, target);
    }

    @Override
    public TypeSerializerSnapshot<T> snapshotConfiguration() {
      throw new UnsupportedOperationException("elements between tasks are no state");
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Serializer<?> s && s.type == type;
    }

    @Override
    public int hashCode() {
      return type.hashCode();
    }
  }
}
