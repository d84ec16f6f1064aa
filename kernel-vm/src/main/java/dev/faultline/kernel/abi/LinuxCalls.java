// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import dev.faultline.kernel.proc.ProcessSystem;

/** The table of i386 Linux's system calls, as far as they are served. All others are -ENOSYS. */
final class LinuxCalls {
  static final int SIGRETURN = 119;
  static final int RT_SIGRETURN = 173;

  /** Our own call, far above what Linux numbers; there it is ENOSYS. */
  static final int MINHERIT = 500;

  private final FileCalls files;
  private final TransferCalls transfers;
  private final NameCalls names;
  private final AttributeCalls attributes;
  private final PollCalls polls;
  private final ProcessCalls processes;
  private final ThreadCalls threads;
  private final IdentityCalls identity;
  private final SignalCalls signals;
  private final TimeCalls time;
  private final MemoryCalls memory;
  private final ResidenceCalls residence;
  private final SystemInfoCalls system;
  private final SwapCalls swap;
  private final Futexes futexes;

  LinuxCalls(ProcessSystem processSystem, Futexes futexes, SignalFrame frames) {
    CallEnvironment env = new CallEnvironment(processSystem);
    this.futexes = futexes;
    files = new FileCalls(env);
    transfers = new TransferCalls(env);
    names = new NameCalls(env);
    attributes = new AttributeCalls(env);
    polls = new PollCalls(env);
    processes = new ProcessCalls(env);
    threads = new ThreadCalls(env);
    identity = new IdentityCalls(env);
    signals = new SignalCalls(env, frames);
    time = new TimeCalls(env);
    memory = new MemoryCalls(env);
    residence = new ResidenceCalls(env);
    system = new SystemInfoCalls(env);
    swap = new SwapCalls(env);
  }

  void fill(SystemCallTable t) {
    fillProcesses(t);
    fillFiles(t);
    fillNames(t);
    fillAttributes(t);
    fillIdentity(t);
    fillSignals(t);
    fillTime(t);
    fillMemory(t);
    fillSystem(t);
  }

  private void fillProcesses(SystemCallTable t) {
    t.call(1, "exit", processes::exit);
    t.call(2, "fork", processes::fork);
    t.call(7, "waitpid", processes::waitpid);
    t.call(11, "execve", processes::execve);
    t.call(77, "getrusage", processes::getrusage);
    t.call(114, "wait4", processes::wait4);
    t.call(120, "clone", processes::clone);
    t.call(190, "vfork", processes::vfork);
    t.call(252, "exit_group", processes::exitGroup);
    t.call(284, "waitid", processes::waitid);
    t.call(358, "execveat", processes::execveat);

    t.call(154, "sched_setparam", (th, tid, p) -> threads.schedSetscheduler(th, tid, 0, p));
    t.call(155, "sched_getparam", threads::schedGetparam);
    t.call(156, "sched_setscheduler", threads::schedSetscheduler);
    t.call(157, "sched_getscheduler", threads::schedGetscheduler);
    t.call(158, "sched_yield", threads::schedYield);
    t.call(159, "sched_get_priority_max", threads::schedPriority);
    t.call(160, "sched_get_priority_min", threads::schedPriority);
    t.call(224, "gettid", threads::gettid);
    t.call(240, "futex", futexes::futex);
    t.call(241, "sched_setaffinity", threads::schedSetaffinity);
    t.call(242, "sched_getaffinity", threads::schedGetaffinity);
    t.call(243, "set_thread_area", threads::setThreadArea);
    t.call(244, "get_thread_area", threads::getThreadArea);
    t.call(258, "set_tid_address", threads::setTidAddress);
    t.call(311, "set_robust_list", threads::setRobustList);
    t.call(312, "get_robust_list", threads::getRobustList);
    t.call(318, "getcpu", threads::getcpu);
    t.call(422, "futex_time64", futexes::futexTime64);
  }

  private void fillFiles(SystemCallTable t) {
    t.call(5, "open", files::open);
    t.call(6, "close", files::close);
    t.call(8, "creat", files::creat);
    t.call(19, "lseek", files::lseek);
    t.call(36, "sync", files::sync);
    t.call(41, "dup", files::dup);
    t.call(42, "pipe", files::pipe);
    t.call(54, "ioctl", files::ioctl);
    t.call(55, "fcntl", files::fcntl);
    t.call(63, "dup2", files::dup2);
    t.call(92, "truncate", files::truncate);
    t.call(93, "ftruncate", files::ftruncate);
    t.call(118, "fsync", files::fsync);
    t.call(140, "_llseek", files::llseek);
    t.call(148, "fdatasync", files::fsync);
    t.call(193, "truncate64", files::truncate64);
    t.call(194, "ftruncate64", files::ftruncate64);
    t.call(221, "fcntl64", files::fcntl);
    t.call(250, "fadvise64", files::fadvise64);
    t.call(272, "fadvise64_64", files::fadvise64);
    t.call(295, "openat", files::openat);
    t.call(324, "fallocate", files::fallocate);
    t.call(330, "dup3", files::dup3);
    t.call(331, "pipe2", files::pipe2);
    t.call(344, "syncfs", files::syncfs);
    t.call(436, "close_range", files::closeRange);

    t.call(3, "read", transfers::read);
    t.call(4, "write", transfers::write);
    t.call(145, "readv", transfers::readv);
    t.call(146, "writev", transfers::writev);
    t.call(180, "pread64", transfers::pread64);
    t.call(181, "pwrite64", transfers::pwrite64);
    t.call(333, "preadv", transfers::preadv);
    t.call(334, "pwritev", transfers::pwritev);

    t.call(82, "select", polls::oldSelect);
    t.call(142, "_newselect", polls::select);
    t.call(168, "poll", polls::poll);
    t.call(308, "pselect6", polls::pselect6);
    t.call(309, "ppoll", polls::ppoll);
    t.call(413, "pselect6_time64", polls::pselect6Time64);
    t.call(414, "ppoll_time64", polls::ppollTime64);
  }

  private void fillNames(SystemCallTable t) {
    t.call(9, "link", names::link);
    t.call(10, "unlink", names::unlink);
    t.call(12, "chdir", names::chdir);
    t.call(14, "mknod", names::mknod);
    t.call(38, "rename", names::rename);
    t.call(39, "mkdir", names::mkdir);
    t.call(40, "rmdir", names::rmdir);
    t.call(60, "umask", names::umask);
    t.call(61, "chroot", names::chroot);
    t.call(83, "symlink", names::symlink);
    t.call(85, "readlink", names::readlink);
    t.call(133, "fchdir", names::fchdir);
    t.call(141, "getdents", names::getdents);
    t.call(183, "getcwd", names::getcwd);
    t.call(220, "getdents64", names::getdents64);
    t.call(296, "mkdirat", names::mkdirat);
    t.call(297, "mknodat", names::mknodat);
    t.call(301, "unlinkat", names::unlinkat);
    t.call(302, "renameat", names::renameat);
    t.call(303, "linkat", names::linkat);
    t.call(304, "symlinkat", names::symlinkat);
    t.call(305, "readlinkat", names::readlinkat);
    t.call(353, "renameat2", names::renameat2);
  }

  private void fillAttributes(SystemCallTable t) {
    t.call(15, "chmod", attributes::chmod);
    t.call(16, "lchown", attributes::lchown);
    t.call(30, "utime", attributes::utime);
    t.call(33, "access", attributes::access);
    t.call(94, "fchmod", attributes::fchmod);
    t.call(95, "fchown", attributes::fchown);
    t.call(99, "statfs", attributes::oldStatfs);
    t.call(100, "fstatfs", attributes::oldFstatfs);
    t.call(106, "stat", attributes::oldStat);
    t.call(107, "lstat", attributes::oldLstat);
    t.call(108, "fstat", attributes::oldFstat);
    t.call(182, "chown", attributes::chown);
    t.call(195, "stat64", attributes::stat64);
    t.call(196, "lstat64", attributes::lstat64);
    t.call(197, "fstat64", attributes::fstat64);
    t.call(198, "lchown32", attributes::lchown);
    t.call(207, "fchown32", attributes::fchown);
    t.call(212, "chown32", attributes::chown);
    t.call(268, "statfs64", attributes::statfs64);
    t.call(269, "fstatfs64", attributes::fstatfs64);
    t.call(271, "utimes", attributes::utimes);
    t.call(298, "fchownat", attributes::fchownat);
    t.call(300, "fstatat64", attributes::fstatat64);
    t.call(306, "fchmodat", attributes::fchmodat);
    t.call(307, "faccessat", attributes::faccessat);
    t.call(320, "utimensat", attributes::utimensat);
    t.call(383, "statx", attributes::statx);
    t.call(412, "utimensat_time64", attributes::utimensat64);
    t.call(439, "faccessat2", attributes::faccessat2);
  }

  private void fillIdentity(SystemCallTable t) {
    t.call(20, "getpid", identity::getpid);
    t.call(34, "nice", identity::nice);
    t.call(57, "setpgid", identity::setpgid);
    t.call(64, "getppid", identity::getppid);
    t.call(65, "getpgrp", identity::getpgrp);
    t.call(66, "setsid", identity::setsid);
    t.call(96, "getpriority", identity::getpriority);
    t.call(97, "setpriority", identity::setpriority);
    t.call(132, "getpgid", identity::getpgid);
    t.call(147, "getsid", identity::getsid);

    t.call(23, "setuid", identity::setuid);
    t.call(24, "getuid", identity::getuid);
    t.call(46, "setgid", identity::setgid);
    t.call(47, "getgid", identity::getgid);
    t.call(49, "geteuid", identity::geteuid);
    t.call(50, "getegid", identity::getegid);
    t.call(80, "getgroups", identity::getgroups16);
    t.call(138, "setfsuid", identity::setfsuid);
    t.call(139, "setfsgid", identity::setfsgid);
    t.call(199, "getuid32", identity::getuid);
    t.call(200, "getgid32", identity::getgid);
    t.call(201, "geteuid32", identity::geteuid);
    t.call(202, "getegid32", identity::getegid);
    t.call(203, "setreuid32", identity::setreuid);
    t.call(204, "setregid32", identity::setregid);
    t.call(205, "getgroups32", identity::getgroups);
    t.call(206, "setgroups32", identity::setgroups);
    t.call(208, "setresuid32", identity::setresuid);
    t.call(209, "getresuid32", identity::getresuid);
    t.call(210, "setresgid32", identity::setresgid);
    t.call(211, "getresgid32", identity::getresgid);
    t.call(213, "setuid32", identity::setuid);
    t.call(214, "setgid32", identity::setgid);
    t.call(215, "setfsuid32", identity::setfsuid);
    t.call(216, "setfsgid32", identity::setfsgid);
  }

  private void fillSignals(SystemCallTable t) {
    t.call(29, "pause", signals::pause);
    t.call(37, "kill", signals::kill);
    t.call(48, "signal", signals::signal);
    t.call(67, "sigaction", signals::sigaction);
    t.call(68, "sgetmask", signals::sgetmask);
    t.call(69, "ssetmask", signals::ssetmask);
    t.call(72, "sigsuspend", signals::sigsuspend);
    t.call(73, "sigpending", signals::sigpending);
    t.call(SIGRETURN, "sigreturn", signals::sigreturn);
    t.call(126, "sigprocmask", signals::sigprocmask);
    t.call(RT_SIGRETURN, "rt_sigreturn", signals::rtSigreturn);
    t.call(174, "rt_sigaction", signals::rtSigaction);
    t.call(175, "rt_sigprocmask", signals::rtSigprocmask);
    t.call(176, "rt_sigpending", signals::rtSigpending);
    t.call(177, "rt_sigtimedwait", signals::rtSigtimedwait);
    t.call(178, "rt_sigqueueinfo", signals::rtSigqueueinfo);
    t.call(179, "rt_sigsuspend", signals::rtSigsuspend);
    t.call(186, "sigaltstack", signals::sigaltstack);
    t.call(238, "tkill", signals::tkill);
    t.call(270, "tgkill", signals::tgkill);
    t.call(421, "rt_sigtimedwait_time64", signals::rtSigtimedwaitTime64);
  }

  private void fillTime(SystemCallTable t) {
    t.call(13, "time", time::time);
    t.call(27, "alarm", time::alarm);
    t.call(43, "times", time::times);
    t.call(78, "gettimeofday", time::gettimeofday);
    t.call(104, "setitimer", time::setitimer);
    t.call(105, "getitimer", time::getitimer);
    t.call(162, "nanosleep", time::nanosleep);
    t.call(265, "clock_gettime", time::clockGettime);
    t.call(266, "clock_getres", time::clockGetres);
    t.call(267, "clock_nanosleep", time::clockNanosleep);
    t.call(403, "clock_gettime64", time::clockGettime64);
    t.call(406, "clock_getres_time64", time::clockGetres64);
    t.call(407, "clock_nanosleep_time64", time::clockNanosleep64);
  }

  private void fillMemory(SystemCallTable t) {
    t.call(45, "brk", memory::brk);
    t.call(90, "mmap", memory::oldMmap);
    t.call(91, "munmap", memory::munmap);
    t.call(125, "mprotect", memory::mprotect);
    t.call(144, "msync", residence::msync);
    t.call(150, "mlock", residence::mlock);
    t.call(151, "munlock", residence::munlock);
    t.call(152, "mlockall", residence::mlockall);
    t.call(153, "munlockall", residence::munlockall);
    t.call(163, "mremap", memory::mremap);
    t.call(192, "mmap2", memory::mmap2);
    t.call(218, "mincore", residence::mincore);
    t.call(219, "madvise", residence::madvise);
    t.call(MINHERIT, "minherit", memory::minherit);
  }

  private void fillSystem(SystemCallTable t) {
    t.call(75, "setrlimit", system::setrlimit);
    t.call(76, "getrlimit", system::oldGetrlimit);
    t.call(87, "swapon", swap::swapon);
    t.call(115, "swapoff", swap::swapoff);
    t.call(116, "sysinfo", system::sysinfo);
    t.call(122, "uname", system::uname);
    t.call(136, "personality", system::personality);
    t.call(172, "prctl", system::prctl);
    t.call(191, "ugetrlimit", system::ugetrlimit);
    t.call(340, "prlimit64", system::prlimit64);
    t.call(355, "getrandom", system::getrandom);
  }
}
