namespace Mesh.Runtime.LoadBalancing.Prequal;

/// <summary>Quantiles over the last 64 numbers, which are kept sorted as they come and go.</summary>
internal sealed class InFlightQuantile
{
    private const int Size = 64;
    private readonly int[] _inOrder = new int[Size];
    private readonly int[] _sorted = new int[Size];
    private int _next;
    private int _count;

    /// <summary>Takes a number in, in place of the oldest.</summary>
    public void Add(int value)
    {
        if (_count == Size) Remove(_inOrder[_next]);
        _inOrder[_next] = value;
        _next = (_next + 1) % Size;
        int at = Find(value);
        Array.Copy(_sorted, at, _sorted, at + 1, _count++ - at);
        _sorted[at] = value;
    }

    /// <summary>The least number that is no less than a share <paramref name="quantile"/> of them; 0 where there is none.</summary>
    public int At(double quantile) => _count == 0 ? 0 : _sorted[Math.Max(0, (int)Math.Ceiling(quantile * _count) - 1)];

    private void Remove(int value)
    {
        int at = Find(value);
        Array.Copy(_sorted, at + 1, _sorted, at, --_count - at);
    }

    private int Find(int value)
    {
        int at = Array.BinarySearch(_sorted, 0, _count, value);
        return at < 0 ? ~at : at;
    }
}
