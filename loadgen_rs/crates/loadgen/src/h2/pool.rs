//! The connections of one worker: which line stands in which place, and which ones only finish what they carry.
//!
//! Opens and closes them and keeps the gauge of established ones. Who waits for them is the worker's to know.

use super::bell::Calls;
use super::line::Line;
use super::pipe::Spares;
use crate::clock::{duration_ns, now_ns};
use crate::connection::NEVER_NS;
use crate::desk::Job;
use crate::outcome::ErrorClass;
use crate::pause::{place_of, token};
use crate::transport::Transport;
use crate::worker::RECEIVE_BUFFER_BYTES;
use rustix::event::epoll::Event;
use rustix::fd::OwnedFd;
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct Pool {
    job: Arc<Job>,
    calls: Calls,
    /// The line that takes requests, or will once it is open.
    places: Vec<Option<usize>>,
    /// With the generation of each, by which events of an earlier one of the same index are known.
    lines: Vec<(u32, Option<Line>)>,
    vacant: Vec<usize>,
    /// No line that is connecting is to be given up before this instant.
    next_connect_by_ns: u64,
    handshake_buffer: Vec<u8>,
    spares: Spares,
}

impl Pool {
    pub(crate) fn new(job: &Arc<Job>, places: usize, calls: &Calls) -> Self {
        Self {
            job: Arc::clone(job),
            calls: calls.clone(),
            places: vec![None; places],
            lines: Vec::new(),
            vacant: Vec::new(),
            next_connect_by_ns: NEVER_NS,
            handshake_buffer: vec![0; RECEIVE_BUFFER_BYTES],
            spares: Spares::default(),
        }
    }

    pub(crate) fn standing_in(&self, place: usize) -> Option<usize> {
        self.places[place]
    }

    pub(crate) fn line(&mut self, index: usize) -> Option<&mut Line> {
        self.lines.get_mut(index).and_then(|(_, line)| line.as_mut())
    }

    /// Begin to open a line in this place.
    pub(crate) fn connect(&mut self, place: usize, epoll: &OwnedFd) -> Result<usize, ErrorClass> {
        let index = self.vacant.pop().unwrap_or_else(|| {
            self.lines.push((0, None));
            self.lines.len() - 1
        });
        let (generation, line) = &mut self.lines[index];
        *generation = generation.wrapping_add(1);
        let started_ns = now_ns();
        match Transport::open(&self.job.route, epoll, token(index, *generation)) {
            Ok(transport) => {
                *line = Some(Line::new(index, place, transport, &self.calls, started_ns));
                self.next_connect_by_ns = self.next_connect_by_ns.min(started_ns + self.connect_timeout_ns());
                self.places[place] = Some(index);
                Ok(index)
            }
            Err(class) => {
                self.vacant.push(index);
                Err(class)
            }
        }
    }

    pub(crate) fn on_event(&mut self, event: &Event) {
        let (flags, event_token) = (event.flags, event.data.u64());
        let index = place_of(event_token);
        // Of a socket that was closed here, an event may still come if a child holds it that another thread forks.
        if let Some((generation, Some(line))) = self.lines.get_mut(index)
            && token(index, *generation) == event_token
        {
            line.on_event(flags, &mut self.handshake_buffer, &self.spares);
        }
    }

    /// When to look for lines that are connecting for too long.
    pub(crate) fn next_connect_by_ns(&self) -> u64 {
        self.next_connect_by_ns
    }

    /// The lines that are connecting for too long.
    pub(crate) fn overdue(&mut self, now: u64) -> Vec<usize> {
        if self.next_connect_by_ns > now {
            return Vec::new();
        }
        let timeout_ns = self.connect_timeout_ns();
        self.next_connect_by_ns = NEVER_NS;
        let mut overdue = Vec::new();
        for (index, (_, line)) in self.lines.iter().enumerate() {
            let Some(line) = line.as_ref().filter(|line| line.is_connecting()) else { continue };
            let connect_by_ns = line.connect_started_ns + timeout_ns;
            if connect_by_ns <= now {
                overdue.push(index);
            } else {
                self.next_connect_by_ns = self.next_connect_by_ns.min(connect_by_ns);
            }
        }
        overdue
    }

    /// The line takes no more requests: the next one opens another. What is under way over it goes on.
    pub(crate) fn retire(&mut self, index: usize) {
        if let Some((_, Some(line))) = self.lines.get(index)
            && self.places[line.place] == Some(index)
        {
            self.places[line.place] = None;
            if line.is_open() {
                // It counts as closed from now on, as another one is opened in its stead.
                self.job.progress.connections.one_closed();
            }
        }
        self.remove_if_done(index);
    }

    /// The connection is over, or to be.
    pub(crate) fn close(&mut self, index: usize) {
        let Some((_, Some(line))) = self.lines.get_mut(index) else { return };
        let is_in_place = self.places[line.place] == Some(index);
        if line.close() && is_in_place {
            self.job.progress.connections.one_closed();
        }
        if is_in_place {
            self.places[line.place] = None;
        }
        self.remove_if_done(index);
    }

    pub(crate) fn close_all(&mut self) {
        for index in 0..self.lines.len() {
            self.close(index);
        }
    }

    /// A line out of its place that nobody uses is gone.
    pub(crate) fn remove_if_done(&mut self, index: usize) {
        if let Some((_, slot)) = self.lines.get_mut(index)
            && let Some(line) = slot
            && line.streams == 0
            && line.waiting.is_empty()
            && self.places[line.place] != Some(index)
        {
            line.close();
            *slot = None;
            self.vacant.push(index);
        }
    }

    fn connect_timeout_ns(&self) -> u64 {
        duration_ns(self.job.config.connect_timeout)
    }
}
