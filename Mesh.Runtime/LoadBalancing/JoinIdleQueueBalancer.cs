using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing;

/// <summary>
/// Join-idle-queue (Lu et al., Performance Evaluation 2011) by this proxy's own knowledge: the endpoint that has been idle longest, where idle means
/// without a request of this proxy; a uniform draw when there is none. O(1) a pick. Weights do not count.
/// </summary>
/// <param name="offset">64 random bits of this proxy and service: in which order endpoints never called are taken, or all proxies would begin with the same.</param>
internal sealed class JoinIdleQueueBalancer(ulong offset) : ILoadBalancer
{
    // Every idle endpoint is in the queue. A busy one may be in it still, and leaves it when its turn comes.
    private readonly Dictionary<int, int> _places = [];
    private int[] _queue = [];
    private bool[] _queued = [];
    private int _first;
    private int _count;

    public void Update(Endpoint[] members)
    {
        _places.Clear();
        _queue = new int[members.Length];
        _queued = new bool[members.Length];
        _first = _count = 0;
        int start = KeyedRandom.ToIndex(offset, members.Length);
        for (int i = 0; i < members.Length; i++)
        {
            _places.Add(members[i].Id, i);
            Enqueue((start + i) % members.Length);
        }
    }

    public int Pick(Endpoint[] members, EndpointStates states, in PickRequest request, ref DrawSequence draws)
    {
        while (_count > 0)
        {
            int place = Dequeue();
            if (states.InFlight(members[place].Id) > 0) continue;
            Enqueue(place);   // at the end: the pick may be turned down, and then it is idle still
            return place;
        }
        int drawn = KeyedRandom.ToIndex(draws.Next(), members.Length);
        if (states.InFlight(members[drawn].Id) == 0) Enqueue(drawn);   // it was released under another list of candidates
        return drawn;
    }

    public void Released(int endpoint, int inFlight)
    {
        if (inFlight == 0 && _places.TryGetValue(endpoint, out int place) && !_queued[place]) Enqueue(place);
    }

    private void Enqueue(int place)
    {
        int last = _first + _count++;
        _queue[last < _queue.Length ? last : last - _queue.Length] = place;
        _queued[place] = true;
    }

    private int Dequeue()
    {
        int place = _queue[_first];
        if (++_first == _queue.Length) _first = 0;
        _count--;
        _queued[place] = false;
        return place;
    }
}
