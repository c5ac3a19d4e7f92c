using System.Collections;

namespace Mesh.Runtime.Model;

/// <summary>
/// A list that only grows, and is read without a lock while it does: who has seen an index finds its item. Its writers take turns.
/// </summary>
internal sealed class GrowingList<T> : IReadOnlyList<T>
{
    private T[] _items = [];
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public T this[int index] =>
        (uint)index < (uint)Count ? Volatile.Read(ref _items)[index] : throw new ArgumentOutOfRangeException(nameof(index), index, $"There are {Count}.");

    /// <summary>Adds an item. Under a lock of the owner's.</summary>
    public void Add(T item)
    {
        var items = _items;
        if (_count == items.Length) Array.Resize(ref items, Math.Max(4, 2 * _count));
        items[_count] = item;
        Volatile.Write(ref _items, items);
        Volatile.Write(ref _count, _count + 1);   // the last: the item is there when the count says so
    }

    /// <summary>Puts another item in an item's place. Under the same lock; of items that are written at once, such as references.</summary>
    public void Replace(int index, T item) => _items[index] = item;

    public IEnumerator<T> GetEnumerator()
    {
        int count = Count;   // those of now
        for (int i = 0; i < count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
