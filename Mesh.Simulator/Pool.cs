namespace Mesh.Simulator;

/// <summary>Objects to use again, of one world and so of one thread.</summary>
internal sealed class Pool<T>(Func<T> create)
{
    private readonly Stack<T> _free = new();

    public T Rent() => _free.TryPop(out var item) ? item : create();

    public void Return(T item) => _free.Push(item);
}
